# installer - the commands; behind apply stand, in the order they run, trust, inventory, preflight, plan, stage, switch;
# under everything the node, the acts and the ledger that follows from them.
installer.parts := main adopt hold sites select verify plan stage_command apply rollback audit_command show recover prune result \
                   trust inventory preflight binding stage staged carry switch interrupt transaction sweep \
                   place resolve identity audit listtree store ledger act node

# installer/host - the machine looked at, for both programs: units and what they run, copies, ports, file systems.
installer.host.parts := $(addprefix host/,inventory_command site inventory inventory_text inventory_shape copies components port \
                        file_systems service wrapper units unit unit_file process run json5 host)
