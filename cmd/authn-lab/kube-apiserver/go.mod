// The root of the module and nothing more: it is built with -modfile=VERSION.mod (see main.go).
module github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/kube-apiserver
