/* bits - what the bytes of a file say of the machine that it was made for: ELF, Mach-O, PE.
 *
 * Everything is read from the file with pread(2), in pieces of bounded size; what it says of itself is
 * checked before it is followed. A file that contradicts itself is no failure: trees carry broken samples.
 * `damage` then names what is wrong, and the file counts for nothing, since no loader takes it either.
 *
 * ELF: System V ABI (gABI), "Linux Standard Base" for symbol versions, docs.kernel.org for notes of systems.
 * Read is what a loader reads, program headers and the dynamic section: stripped files say the same.
 */
#ifndef INSTALLER_HOST_BITS_H
#define INSTALLER_HOST_BITS_H

#include <stdint.h>

#include "manifest/base/err.h"
#include "manifest/base/text.h"
#include "manifest/json.h"

enum bits_kind { BITS_NONE, BITS_ELF, BITS_MACHO, BITS_PE };

/* Texts are never NULL; "" where the file does not say. */
struct bits {
	enum bits_kind kind; /* BITS_NONE: none of these formats; nothing else is filled */
	char *damage;        /* what is wrong with it; what could be read before is filled */
	char *os;            /* linux, darwin, win32, freebsd, openbsd ... as Node names them */
	char *machine;       /* x86_64, aarch64, arm, i386, riscv64, loongarch64 ...; "a,b" in a fat Mach-O */
	char *os_abi;        /* ELF: the byte of the header: "system v", "gnu/linux", "freebsd" ... */
	char *type;          /* executable, library, object, core */
	char *libc;          /* glibc, musl, bionic, other, none: whose functions it calls */
	char *interpreter;   /* ELF: the loader that it asks for */
	char *glibc;         /* highest GLIBC_ version without which it is not loaded: "2.28" */
	char *glibcxx;       /* the same for GLIBCXX_ (libstdc++) */
	struct json_list needed; /* of char *: libraries, in the order of the file */
	uint64_t width;          /* 32, 64 */
	uint64_t node_abi;       /* NODE_MODULE_VERSION of an addon; 0: not an addon, Node-API, or not said */
	uint64_t napi;           /* Node-API version of an addon, as far as can be seen; 0: not Node-API */
	bool big_endian;
	bool addon; /* of Node; with neither number above it is bound to one Node and does not say which */
};

/* *out is filled from the file behind `fd`, whose offset stays; texts are in `arena`. What is no regular file
 * is BITS_NONE. ERR_SYSTEM if it cannot be read, ERR_FORMAT if it shrinks meanwhile. */
MUST_CHECK bool bits_read(int fd, struct bits *out, struct arena *arena, struct err *e);

/* True if the file can be loaded by the program `service` (a Node binary): same format, system, machine and
 * libc. A file that says no system or calls no libc fits any. Where the caller has filled service->node_abi,
 * an addon for another one does not count. Foreign files are no fault: packages ship all their platforms. */
bool bits_counts(const struct bits *file, const struct bits *service);

/* What a number of files need together. */
struct platform_needs {
	uint64_t files;        /* how many were added */
	char *glibc, *glibcxx; /* the highest; NULL: none; in the arena of the file that needs it */
	uint64_t napi, node_abi;
	bool node_abis; /* they do not agree on node_abi: no Node loads them all */
};

/* *sum covers `file` as well. For what counts only. */
void bits_add(struct platform_needs *sum, const struct bits *file);

#endif
