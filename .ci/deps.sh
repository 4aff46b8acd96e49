#!/bin/sh
# deps.sh GROUP... - installs the Debian packages that the groups need and that
# are not there yet. Nothing is asked of the network when nothing is missing.
set -eu

needed() {
	case $1 in
	build)    echo gcc libc6-dev make pkgconf libarchive-dev libcjson-dev libcurl4-openssl-dev libsodium-dev \
	               libzstd-dev musl-tools dpkg-dev ;;
	check)    echo dosfstools libcmocka-dev jq minisign python3-jsonschema strace universal-ctags util-linux zstd ;;
	reach)    echo apache2-utils curl docker-registry nginx-light openssl python3 skopeo tinyproxy ;;
	fat)      echo busybox-static cpio dosfstools e2fsprogs qemu-system-x86 ;;
	fleet)    echo ansible-core openssh-client openssh-server ;;
	lint)     echo clang clang-format-14 clang-tidy libclang-rt-14-dev cppcheck valgrind ;;
	coverage) echo lcov ;;
	cross)    echo gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-riscv64-linux-gnu \
	               linux-libc-dev-arm64-cross linux-libc-dev-armhf-cross linux-libc-dev-riscv64-cross qemu-user-static strace ;;
	powercut) echo btrfs-progs e2fsprogs exfat-fuse exfatprogs strace util-linux xfsprogs ;;
	nodes)    echo dbus dbus-user-session iproute2 jq libpam-systemd procps systemd-container systemd-sysv
	          command -v node >/dev/null || echo nodejs ;;
	openclaw) echo ca-certificates curl binutils file; command -v npm >/dev/null || echo npm ;;
	*)        echo "deps.sh: no group '$1': build, check, coverage, cross, fat, fleet, lint, nodes, openclaw, powercut, reach" >&2; return 2 ;;
	esac
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

[ $# -gt 0 ] || { echo 'usage: deps.sh build|check|coverage|cross|fat|fleet|lint|nodes|openclaw|powercut|reach...' >&2; exit 2; }

missing=
for group in "$@"; do
	packages=$(needed "$group")
	for package in $packages; do
		installed "$package" || missing="$missing $package"
	done
done

if [ -z "$missing" ]; then
	echo "deps.sh: all there for $*"
	exit 0
fi
echo "deps.sh: installing$missing"
as_root apt-get -qq -o Acquire::Retries=3 update
as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
	install -y --no-install-recommends $missing
