#!/bin/bash
# Boots the systemd of this machine over a writable copy of its root, in the namespaces that the caller has made.
# Usage: boot.sh WORK CHECKOUT NODE
set -euo pipefail
work=$1 checkout=$2 node=$3 root=$1/root
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
# The kernel's settings belong to the whole machine.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
for folder in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
chmod 1777 "$root/tmp"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
: > "$root/etc/machine-id"

mkdir -p "$root/opt/gvpie" "$root/usr/local/bin"
mount --bind "$checkout" "$root/opt/gvpie"
rm -f "$root/usr/local/bin/node"
touch "$root/usr/local/bin/node"
mount --bind "$node" "$root/usr/local/bin/node"
for app in gvpie gvpie-daemon zero-human-daemon; do
  printf '#!/bin/sh\nexec /usr/local/bin/node --conditions=@gvpie/source /opt/gvpie/apps/%s/src/main.ts "$@"\n' "$app" > "$work/app"
  install -m 755 "$work/app" "$root/usr/local/bin/$app"
done

units=$root/etc/systemd/system
rm -rf "$units"/*.wants
for unit in systemd-modules-load systemd-remount-fs systemd-sysctl systemd-udevd systemd-udev-trigger systemd-timesyncd; do
  ln -sf /dev/null "$units/$unit.service"
done
chroot "$root" gvpie service install --system
for app in gvpie-daemon zero-human-daemon; do
  mkdir "$units/$app.service.d"
  # A start from the sources is mostly compilation.
  printf '[Service]\nRestartSec=0\nEnvironment=NODE_COMPILE_CACHE=/var/lib/gvpie/compiled\n' > "$units/$app.service.d/test.conf"
done
printf '[Unit]\nRequires=zero-human-daemon.service\nAfter=zero-human-daemon.service\n' > "$units/test.target"

cd "$root"
mkdir -p old
pivot_root . old
umount -l old
exec env -i container=gvpie PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /usr/lib/systemd/systemd --system --unit=test.target --log-target=console --show-status=no
