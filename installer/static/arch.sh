# arch.sh - the machines that an installer is built for; sourced.

architectures='x86_64 aarch64 armv7 riscv64'

arch_triple() { # ARCH: what Debian calls its compiler's target
	case $1 in
	x86_64) echo x86_64-linux-gnu ;;
	aarch64) echo aarch64-linux-gnu ;;
	armv7) echo arm-linux-gnueabihf ;;
	riscv64) echo riscv64-linux-gnu ;;
	*) return 1 ;;
	esac
}

arch_cross() { # ARCH: the prefix of the compiler's name; nothing for this machine's own
	[ "$1" = x86_64 ] || echo "$(arch_triple "$1")-"
}

arch_flags() { # ARCH
	case $1 in
	x86_64) echo -minline-stringops-dynamically -mmemcpy-strategy=unrolled_loop:512:noalign,libcall:-1:noalign ;;
	aarch64) echo -mbranch-protection=standard ;;
	armv7) echo -march=armv7-a+fp -mthumb ;;
	riscv64) echo -fvisibility=hidden ;; # else its linker leaves relocations by symbol, which no one does here
	esac
}
