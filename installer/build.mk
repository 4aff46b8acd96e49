# installer - the commands; behind apply stand, in the order they run, trust, inventory, preflight, plan, stage, switch;
# under everything the node, the acts and the ledger that follows from them.
installer.parts := main select verify plan stage_command apply rollback audit_command show recover prune result \
                   trust inventory preflight binding stage staged carry switch interrupt transaction sweep \
                   place resolve identity audit listtree store ledger act node
