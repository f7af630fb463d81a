#!/bin/sh
# Installs the programs that the tests of this module need and that no Go module brings: nginx.
# A program that is there already is left alone. Without root or sudo, it names the command that installs what is missing.
set -eu
packages=
# Debian keeps nginx in /usr/sbin, which is not on every user's PATH.
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v nginx >/dev/null || packages="$packages nginx-light"
test -n "$packages" || exit 0

install="apt-get install -y --no-install-recommends$packages"
if ! command -v apt-get >/dev/null; then
	echo "missing:$packages. Install nginx 1.22 or later with the module auth_request, then run this again." >&2
	exit 1
fi
as=
if test "$(id -u)" -ne 0; then
	if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
		echo "missing:$packages. Run as root: apt-get update && $install" >&2
		exit 1
	fi
	as="sudo -n"
fi
$as apt-get update -q
# Tests start what they need themselves: a package that starts a server of its own would take its port.
$as env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $install
