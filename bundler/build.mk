# bundler - a command is a file of its name; behind capture stand, in the order they run,
# scan (and links), layout, pack (into spool), assemble, output.
bundler.parts := main keygen capture sign verify inspect plan diff carry cargo stick card scan links layout pack spool assemble platform secrets starts evidence known output signing captured common
