#!/bin/bash
# fat.sh DIRECTORY - make check-fat: the stick with a real FAT file system. Where this kernel has none, a machine that qemu
# emulates boots Debian's kernel, which has; it is fetched into DIRECTORY and not installed. FULL=1: 4 GiB too. (x86-64.)
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)
WAYBILL=$(realpath "$WAYBILL") INSTALL=$(realpath "$INSTALL")
mkdir -p "$1" && cd "$1"
rm -rf root canary
trap 'rm -rf root canary initrd stick.img canary.img' EXIT

fetch_kernel() { # vmlinuz and the modules that FAT and disks need
  [[ ! -e kernel/done ]] || return 0
  local package
  package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  rm -rf kernel && mkdir kernel
  (cd kernel && apt-get -qq download "$package" && dpkg-deb -x ./*.deb . && rm ./*.deb && touch done)
}

add_modules() { # what each needs goes before it
  local modules=(kernel/lib/modules/*) name file
  mkdir root/modules
  for name in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk nls_cp437 nls_ascii fat vfat; do
    file=$(find "${modules[0]}" -name "$name.ko")
    [[ ! $file ]] || { cp "$file" root/modules/ && echo "$name.ko" >>root/modules/order; }
  done
}

add_programs() {
  mkdir -p root/bin
  cp "$(command -v busybox)" "$WAYBILL" "$INSTALL" root/bin/
  ln -s busybox root/bin/sh
  ldd "$WAYBILL" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "root${library%/*}" && cp -L "$library" "root$library"
  done
  cp "$tests/fat/init" "$tests/fat/stick.sh" root/
}

make_canary() { # a disk with bundles and the key
  mkdir -p canary/tree/node_modules/.bin
  head -c 8000000 /dev/urandom >canary/tree/data
  echo 'console.log(1)' >canary/tree/index.js
  ln -s ../../index.js canary/tree/node_modules/.bin/app
  "$WAYBILL" keygen --secret canary/k.key --public canary/k.pub --no-passphrase >/dev/null
  capture tree 1
  [[ ! ${FULL:-} ]] || { mkdir canary/large && head -c 4400000000 /dev/urandom >canary/large/data && capture large large && rm -r canary/large; }
  mkfs.ext4 -q -m 0 -d canary canary.img "$(($(du -sm canary | cut -f 1) * 11 / 10 + 64))M"
}
capture() { # DIRECTORY NAME
  "$WAYBILL" capture --name demo --release 1 --core "canary/$1" --output "canary/$2.waybill" --level 1 --key canary/k.key \
    --unvalidated test >/dev/null 2>&1
}

fetch_kernel
mkdir root
add_modules
add_programs
make_canary
truncate -s "$([[ ${FULL:-} ]] && echo 5G || echo 300M)" stick.img
mkfs.vfat -F 32 stick.img >/dev/null
(cd root && find . | cpio --quiet -o -H newc | gzip -1) >initrd
# Software emulation: where a virtual machine runs in a virtual machine, the other kind does not always. Vector
# instructions are slow there: its processor has few.
timeout "${LIMIT:-1800}" qemu-system-x86_64 -accel tcg -cpu qemu64 -m 1024 -nographic -no-reboot -nic none \
  -kernel kernel/boot/vmlinuz-* -initrd initrd -append "console=ttyS0 quiet panic=-1" \
  -drive file=stick.img,format=raw,if=virtio,cache=unsafe -drive file=canary.img,format=raw,if=virtio,cache=unsafe \
  </dev/null >log 2>&1 || true
tr -d '\r' <log | grep -a 'ok - fat' || true
tr -d '\r' <log | grep -aq '^ok - fat: all told' || { tail -n 40 log; exit 1; }
