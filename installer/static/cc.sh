#!/bin/sh
# cc.sh OUT ARCH ARGS... - gcc for the installer: compiles against musl and the
# libraries that libs.sh put into OUT, links one static-pie file.
#
# The kernel's headers come last (-idirafter), so musl's own win where both exist.
# musl's memcpy starts slowly, so on x86-64 short copies are made in place.
set -eu
. "$(dirname "$0")/arch.sh"
arch=$2 built=$1/$2
shift 2
exec "$(arch_cross "$arch")gcc" -specs="$built/specs" -fPIE -static-pie $(arch_flags "$arch") \
	-isystem "$built/include" -idirafter "$built/kernel" -L"$built/lib" "$@"
