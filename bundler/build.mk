# bundler - a command is a file of its name; behind capture stand, in the order they run,
# scan (and links), layout, pack (into spool), assemble, output. Behind push and pull: remote, which is a mirror or a
# registry (of artifacts, with login), over http; what is pulled is partial until it is whole.
bundler.parts := main keygen capture sign verify inspect plan diff carry cargo stick card scan links layout pack spool assemble platform secrets starts evidence known assumed counted output signing captured common \
                 push pull partial remote mirror registry artifact login challenge http
