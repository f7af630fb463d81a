#!/bin/sh
# Usage: modfile.sh VERSION
#
# Writes VERSION.mod and VERSION.sum, with which kube-apiserver of that release is built: Kubernetes' own requirements, its
# staging modules as they are published, and its language version, which also decides what Go's libraries do.
set -eu
cd "$(dirname "$0")"
version=$1
published=v0.${version#v1.}

# Outside of any module: a replace would get in the way.
gomod=$(cd / && GOFLAGS=-mod=mod go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^.*"GoMod": "\(.*\)".*$/\1/p')
test -n "$gomod" || { echo "error: k8s.io/kubernetes has no release $version" >&2; exit 1; }
trap 'rm -f "$version.new.mod" "$version.new.sum"' EXIT
{
	echo "// Made by modfile.sh $version."
	grep '^module ' go.mod
	grep -E '^(go|godebug) ' "$gomod"
	echo "require k8s.io/kubernetes $version"
	echo "replace ("
	sed -n "s,^[[:space:]]*\(k8s.io/[^ ]*\) => ./staging/.*,\1 => \1 $published,p" "$gomod"
	echo ")"
} >"$version.new.mod"
go mod tidy -modfile="$version.new.mod"
mv "$version.new.mod" "$version.mod"
mv "$version.new.sum" "$version.sum"
