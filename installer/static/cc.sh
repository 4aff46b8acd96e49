#!/bin/sh
# cc.sh OUT ARGS... - gcc for the installer: compiles against musl and the
# libraries that libs.sh put into OUT, links one static-pie file.
#
# The kernel's headers come last (-idirafter), so musl's own win where both exist.
# musl's memcpy starts slowly, so short copies are made in place.
set -eu
built=$1/x86_64
shift
exec gcc -specs="$built/specs" -fPIE -static-pie \
	-minline-stringops-dynamically -mmemcpy-strategy=unrolled_loop:512:noalign,libcall:-1:noalign \
	-isystem "$built/include" -idirafter "$built/kernel" -L"$built/lib" "$@"
