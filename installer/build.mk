# installer - the commands; behind apply stand, in the order they run, trust, inventory, preflight, plan, stage, switch;
# under everything the node, the acts and the ledger that follows from them.
installer.parts := main adopt hold sites select own verify plan plan_service stage_command apply rollback checkpoint audit_command status \
                   show follow outcome recover report readme redacted capsule prune result \
                   trust sticks inventory preflight fitting binding stage stage_content staged carry switch interrupt transaction sweep \
                    place exchange resolve identity inode audit store ledger act node keeper kept

# installer/service - the living service, in the order of the steps: what it is (living), copies of its state (states over
# snapshot), stop and start (holding over drivers), configuration and unit files, caches, the proof (judging); and who works
# when nobody watches (worker, watchdog).
installer.parts += $(addprefix service/,living steps states snapshot holds copy_walk copy_facts copy_bytes copy_names copy_seen holding driver systemd cgroup command orphans \
                   configs records splice splice_same splice_layout splice_members dropins runtime caches judging gate_lines act_journal unproven worker watchdog)

# installer/host - the machine looked at, for both programs: what is here (inventory), whether it is well (gates), what is
# known of it (site), whether a bundle can work on it (fit).
installer.host.parts := $(addprefix host/,inventory_command inventory inventory_site inventory_secrets inventory_text inventory_shape copies components port \
                        file_systems service live wrapper units unit unit_file specifier env_file process) \
                        $(addprefix host/,gates_command proof health names gate judge_host judge_said watch expect redact journal \
                        lines pattern plain) \
                        $(addprefix host/,site chosen profile_check fit version bits bits_elf bits_addon listtree run json5 host)
