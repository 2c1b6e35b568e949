#!/bin/bash
# unpack.sh TREE COUNT DEB... [TAR-ARGUMENT...]: unpacks COUNT Debian packages into TREE. No maintainer script runs; links of the
# tree that stand for directories are kept; modes come from the packages, whatever the umask.
set -euo pipefail
tree=$1 count=$2
shift 2
debs=("${@:1:count}")
shift "$count"
for deb in "${debs[@]}"; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -p --no-same-owner --keep-directory-symlink -C "$tree" "$@"
done
