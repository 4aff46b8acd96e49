#!/bin/sh
# libs.sh OUT [ARCH] - builds the installer's static libraries into OUT/ARCH:
# lib/*.a, include/, versions (what went in), specs and kernel (see cc.sh). For
# another machine than this one the C library too, with Debian's cross compiler.
#
# The sources are Debian's own, with its security fixes, and nothing of them is
# kept in this tree: apt fetches them and checks the archive's signature, under a
# configuration of its own in OUT/apt, so the system's lists stay as they are.
# WAYBILL_SOURCES=DIR takes the .dsc files and tarballs from DIR instead.
#
# What lies in OUT is used again, without network, while the scripts, the sources
# and the compiler are the same. Remove OUT/fetched and OUT/fetched-cross to ask
# for newer sources.
set -eu

packages='libarchive libzstd libsodium cjson'

die() { echo "libs.sh: $*" >&2; exit 1; }

[ $# -ge 1 ] || die 'usage: libs.sh OUT [ARCH]'
arch=${2:-x86_64}
here=$(cd "$(dirname "$0")" && pwd -P)
. "$here/arch.sh"
triple=$(arch_triple "$arch") || die "no recipe for $arch"
cross=$(arch_cross "$arch")
command -v dpkg-source >/dev/null || die 'dpkg-dev is missing: .ci/deps.sh build installs it'
if [ "$cross" ]; then
	packages="$packages musl"
	command -v "${cross}gcc" >/dev/null || die "${cross}gcc is missing: .ci/deps.sh cross installs it"
else
	[ -e "/usr/lib/$arch-linux-musl/rcrt1.o" ] || die 'musl-tools is missing: .ci/deps.sh build installs it'
fi

mkdir -p "$1"
out=$(cd "$1" && pwd -P)
built=$out/$arch
case $here$out in *[[:space:]\"]*) die "cannot build in a path with blanks or quotes: $out" ;; esac

exec 9>"$out/.lock"
flock 9

# Says nothing of what a command prints unless it fails.
quiet() { "$@" >"$out/log" 2>&1 || { cat "$out/log" >&2; die "failed: $*"; }; }


# --- where the sources come from ----------------------------------------------

# Given with -c this is read after the system's configuration: proxies and
# credentials count, hooks that act on the system's own caches do not.
apt_configuration() {
	cat <<EOS
Dir::State "$apt/state";
Dir::Cache "$apt/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$apt/sources.d";
APT::Sandbox::User "root";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOS
}

# The entries of the system's release turned into entries for sources, in both
# notations: mirrors, keys and options stay what the administrator chose.
source_entries() {
	suite="($release|(old)*stable)(-updates|-security|/updates)?"
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"

	cat "$list" "$parts"*.list 2>/dev/null |
	sed -nE "\\,cdrom:,d; \\,[[:space:]]${suite}[[:space:]](.*[[:space:]])?main([[:space:]]|\$),\
		s/^[[:space:]]*deb([[:space:]])/deb-src\\1/p" >"$apt/sources.d/system.list"

	cat "$parts"*.sources 2>/dev/null |
	awk -v suites="(^|\n)Suites:([^\n]*[ \t])?$suite([ \t\n]|\$)" '
		BEGIN { RS = ""; ORS = "\n\n" }
		$0 ~ suites && /(^|\n)Components:[^\n]*[ \t]main([ \t\n]|$)/ {
			sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src")
			print
		}' >"$apt/sources.d/system.sources"

	[ -s "$apt/sources.d/system.list" ] || [ -s "$apt/sources.d/system.sources" ] ||
		die "apt has no source for $release main: add one or set WAYBILL_SOURCES"
}

# Only what Debian released for this release is a candidate: a newer libsodium
# in another archive may be trusted by the system, but is not the tested one.
forget_other_origins() {
	apt-get -c "$apt/conf" --release-info indextargets \
		--format '$(ORIGIN) $(CODENAME) $(FILENAME)' 'Created-By: Sources' |
	while read -r origin codename file; do
		case "$origin $codename" in
		"Debian $release" | "Debian $release-"*) ;;
		*) rm -f "$file" ;;
		esac
	done
}

# A suite that cannot be reached is an error: it may be the one with the fixes.
fetch() {
	apt=$out/apt
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	rm -rf "$apt" "$out/fetching"
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/sources.d" "$out/fetching"
	source_entries
	apt_configuration >"$apt/conf"

	echo "libs.sh: fetching the sources of $packages"
	quiet apt-get -c "$apt/conf" --error-on=any update
	forget_other_origins
	cd "$out/fetching"
	quiet apt-get -c "$apt/conf" --only-source --download-only source $packages
	mv "$out/fetching" "$fetched"
}

version_of() { sed -n 's/^Version: //p' "$1" | head -n 1; }

# newest PACKAGE - its newest .dsc in $sources.
newest() {
	best=
	for dsc in "$sources/$1"_*.dsc; do
		[ -e "$dsc" ] || continue
		[ -z "$best" ] || dpkg --compare-versions "$(version_of "$dsc")" gt "$(version_of "$best")" ||
			continue
		best=$dsc
	done
	[ "$best" ] || die "no ${1}_*.dsc in $sources"
	echo "$best"
}

# Everything whose code ends up in the program: the C library and libgcc too.
versions() {
	for package in $packages; do
		dsc=$(newest "$package")
		echo "$package $(version_of "$dsc")"
	done
	if [ "$cross" ]; then
		dpkg-query -W -f '${source:Package} ${source:Version}\n' "gcc-$("${cross}gcc" -dumpversion)-${triple%-linux-*}-linux-${triple##*-}"
	else
		dpkg-query -W -f '${source:Package} ${source:Version}\n' musl-dev "gcc-$(gcc -dumpversion)"
	fi
}

unpack() {
	rm -rf "$out/src"
	mkdir "$out/src"
	for package in $packages; do
		quiet dpkg-source --no-copy -x "$(newest "$package")" "$out/src/$package"
	done
}


# --- how they are built -------------------------------------------------------

flags='-std=gnu11 -O2 -g0 -w -ffunction-sections -fdata-sections -fstack-protector-strong'

# compile LIBRARY FLAGS FILE... - in the current directory, one object per file.
# The place of the build does not show in the result: two builds are identical.
compile() {
	library=$1 extra=$2
	shift 2
	mkdir -p "$built/obj/$library"
	printf '%s\n' "$@" | library=$library extra=$extra xargs -P "$(nproc)" -n 1 sh -c '
		exec "$here/cc.sh" "$out" "$arch" $flags "-ffile-prefix-map=$out=." $extra \
			-c "$1" -o "$built/obj/$library/$(echo "$1" | tr / _).o"' compile
}

pack() { "${cross}ar" rcsD "$built/lib/$1.a" "$built/obj/$1"/*.o; }

libcjson() {
	cd "$out/src/cjson"
	compile libcjson '' cJSON.c
	mkdir "$built/include/cjson"
	cp cJSON.h "$built/include/cjson"
}

# Decompression only. The loops in assembly are entered where the processor has
# BMI2; the decoder of sequences is slower when vectorised (so says its Makefile).
libzstd() {
	cd "$out/src/libzstd/lib"
	compile libzstd '-DXXH_NAMESPACE=ZSTD_ -DZSTD_LEGACY_SUPPORT=0 -DZSTD_TRACE=0 -fno-tree-vectorize' \
		common/*.c decompress/*.c decompress/*.S
	cp zstd.h zstd_errors.h "$built/include"
}

# Hashes, signatures, random bytes, and the rest of what sodium_init() names.
# The vector instructions of each BLAKE2b file are allowed in that file alone:
# sodium_init() picks one at run time.
libsodium() {
	cd "$out/src/libsodium/src/libsodium"
	cp ../../builds/msvc/version.h include/sodium # what configure would write
	mkdir "$built/include/sodium"
	cp include/sodium.h "$built/include"
	cp include/sodium/*.h "$built/include/sodium"

	base='-fvisibility=hidden -fno-strict-aliasing -fno-strict-overflow -D_GNU_SOURCE
		-Iinclude/sodium -DCONFIGURED=1 -DSODIUM_STATIC -DNATIVE_LITTLE_ENDIAN
		-DHAVE_INLINE_ASM -DHAVE_C_VARARRAYS -DHAVE_WEAK_SYMBOLS
		-DHAVE_PTHREAD -DHAVE_ATOMIC_OPS -DHAVE_SYS_RANDOM_H -DHAVE_GETRANDOM
		-DHAVE_SYS_MMAN_H -DHAVE_MMAP -DHAVE_MLOCK -DHAVE_MADVISE -DHAVE_MPROTECT
		-DHAVE_POSIX_MEMALIGN -DHAVE_EXPLICIT_BZERO -DHAVE_NANOSLEEP -DTLS=_Thread_local'
	[ "$arch" = armv7 ] || base="$base -DHAVE_TI_MODE" # multiplies 64 bits to 128
	compile libsodium "$base" sodium/[!r]*.c randombytes/*.c randombytes/sysrandom/*.c \
		crypto_verify/sodium/*.c crypto_hash/*.c crypto_hash/sha*/*.c crypto_hash/sha*/cp/*.c \
		crypto_sign/*.c crypto_sign/ed25519/*.c crypto_sign/ed25519/ref10/*.c \
		crypto_core/ed25519/ref10/*.c crypto_core/salsa/ref/*.c \
		crypto_onetimeauth/poly1305/*.c crypto_onetimeauth/poly1305/donna/*.c \
		crypto_pwhash/argon2/argon2-core.c crypto_pwhash/argon2/argon2-fill-block-ref.c \
		crypto_pwhash/argon2/blake2b-long.c \
		crypto_scalarmult/curve25519/*.c crypto_scalarmult/curve25519/ref10/*.c \
		crypto_stream/chacha20/*.c crypto_stream/chacha20/ref/*.c \
		crypto_stream/salsa20/*.c crypto_stream/salsa20/ref/*.c

	blake=crypto_generichash/blake2b/ref
	if [ "$arch" != x86_64 ]; then
		compile libsodium "$base" sodium/runtime.c crypto_generichash/*.c \
			$blake/blake2b-compress-ref.c $blake/blake2b-ref.c $blake/generichash_blake2b.c
		return
	fi
	simd="$base -DHAVE_CPUID -DHAVE_AVX_ASM -DHAVE_EMMINTRIN_H -DHAVE_PMMINTRIN_H
		-DHAVE_TMMINTRIN_H -DHAVE_SMMINTRIN_H -DHAVE_AVXINTRIN_H -DHAVE_AVX2INTRIN_H"
	compile libsodium "$simd" sodium/runtime.c crypto_generichash/*.c \
		$blake/blake2b-compress-ref.c $blake/blake2b-ref.c $blake/generichash_blake2b.c
	compile libsodium "$simd -mssse3" $blake/blake2b-compress-ssse3.c
	compile libsodium "$simd -msse4.1" $blake/blake2b-compress-sse41.c
	compile libsodium "$simd -mavx2" $blake/blake2b-compress-avx2.c
}

# The tar reader over memory, without filters.
libarchive() {
	cd "$out/src/libarchive/libarchive"
	compile libarchive "-D_GNU_SOURCE -DPLATFORM_CONFIG_H=\"$here/libarchive-config.h\"" \
		archive_acl.c archive_check_magic.c archive_entry.c archive_entry_sparse.c \
		archive_entry_xattr.c archive_read.c archive_read_open_memory.c \
		archive_read_support_filter_none.c archive_read_support_format_tar.c \
		archive_string.c archive_string_sprintf.c archive_util.c archive_virtual.c
	cp archive.h archive_entry.h "$built/include"
}


# The C library of another machine.
musl() {
	mkdir "$built/musl"
	cd "$out/src/musl"
	quiet ./configure --target="$triple" --prefix="$built/musl" --disable-shared CROSS_COMPILE="$cross" \
		CC="${cross}gcc" CFLAGS="-O2 -g0 -fPIE -ffile-prefix-map=$out=. $(arch_flags "$arch")"
	quiet make -j"$(nproc)" install
}


# --- all of it ------------------------------------------------------------------

fetched=$out/fetched${cross:+-cross}
if [ "${WAYBILL_SOURCES:-}" ]; then
	sources=$(cd "$WAYBILL_SOURCES" && pwd -P)
else
	sources=$fetched
	[ -d "$sources" ] || (fetch)
fi

went_in=$(versions)
key=$({
	echo "$went_in"
	for package in $packages; do cat "$(newest "$package")"; done
	cat "$here/libs.sh" "$here/specs.sh" "$here/cc.sh" "$here/arch.sh" "$here/libarchive-config.h"
} | sha256sum)
[ "$(cat "$built/.done" 2>/dev/null)" != "$key" ] || exit 0

echo 'libs.sh: building' $went_in
unpack
rm -rf "$built"
mkdir -p "$built/lib" "$built/include" "$built/kernel"
if [ "$cross" ]; then
	kernel=/usr/$triple/include
	ln -s "$kernel/linux" "$kernel/asm-generic" "$kernel/asm" "$built/kernel"
	(musl)
	"$here/specs.sh" "$built/musl/include" "$built/musl/lib" >"$built/specs"
else
	ln -s /usr/include/linux /usr/include/asm-generic "/usr/include/$arch-linux-gnu/asm" "$built/kernel"
	"$here/specs.sh" "/usr/include/$arch-linux-musl" "/usr/lib/$arch-linux-musl" >"$built/specs"
fi

export here out arch built flags
for library in libcjson libzstd libsodium libarchive; do
	("$library")
	pack "$library"
done
echo "$went_in" >"$built/versions"
echo "$key" >"$built/.done"
