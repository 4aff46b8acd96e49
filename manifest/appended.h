/* appended - a bundle behind a program: one file that is both.
 *
 *     the program, to the end that its ELF header says     (head -c N x.run is the installer, byte for byte)
 *     the bundle, from there to the end of the file        (tail -c +N+1 x.run is the bundle)
 */
#ifndef MANIFEST_APPENDED_H
#define MANIFEST_APPENDED_H

#include <stdbool.h>
#include <stdint.h>

/* Where a program ends by its own ELF header (its section headers are last in it); 0: it is none. */
uint64_t appended_program(int fd);

/* Where the bundle behind a program begins; 0: there is none. */
uint64_t appended_at(int fd);

#endif
