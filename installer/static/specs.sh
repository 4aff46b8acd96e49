#!/bin/sh
# specs.sh INC LIB - prints the gcc specs that turn Debian's gcc into a compiler
# for static-pie programs on musl, whose headers and objects lie in INC and LIB.
#
# Only -static-pie links are served. The distribution's own musl wrapper names a
# dynamic linker even then, and such a program starts on no other machine; here
# the link line is gcc's own and only the search places change (and, for machines
# whose gcc names one too, that none is named). No place of the
# host's C library may stay among them: -lX has to fail rather than find glibc's.
set -eu
inc=$1 lib=$2

cat <<EOS
*cpp_unique_options:
+ -nostdinc -isystem $inc -isystem include%s

*link:
+ -nostdlib -z text --no-dynamic-linker

*link_libgcc:
-L$lib -L .%s

*startfile:
$lib/rcrt1.o $lib/crti.o crtbeginS.o%s

*endfile:
crtendS.o%s $lib/crtn.o

EOS
