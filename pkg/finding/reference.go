package finding

import (
	"path"
	"strings"
)

const (
	// kubernetesTag and oidcTag are the releases whose sources this program follows.
	kubernetesTag = "v1.37.2"
	oidcTag       = "v2.5.0"
	ownPages      = "https://github.com/kubectl-authn/kubectl-authn/blob/main/"
)

// ReadAt is the URL of a reference: a section of a standard, a file of the Kubernetes source, a page of these docs.
// What is a URL already stays as it is.
func ReadAt(reference string) string {
	name, section, _ := strings.Cut(reference, " section ")
	name = strings.TrimSuffix(name, ",")
	if number, ok := strings.CutPrefix(name, "RFC "); ok {
		return anchored("https://www.rfc-editor.org/rfc/rfc"+number, "#section-", section)
	}
	if of, ok := strings.CutPrefix(name, "OpenID Connect "); ok {
		of = strings.ToLower(strings.TrimSuffix(of, " 1.0"))
		return anchored("https://openid.net/specs/openid-connect-"+of+"-1_0.html", "#rfc.section.", section)
	}
	module, file, _ := strings.Cut(reference, " ")
	// The name of a function has no place in a URL.
	file, _, _ = strings.Cut(file, ",")
	switch {
	case module == "github.com/coreos/go-oidc":
		return "https://" + module + "/blob/" + oidcTag + "/" + file
	case module == "k8s.io/kubernetes":
	case strings.HasPrefix(module, "k8s.io/"):
		file = "staging/src/" + module + "/" + file
	case strings.HasPrefix(reference, "docs/"):
		return ownPages + reference
	default:
		return reference
	}
	of := "blob"
	if path.Ext(file) == "" {
		of = "tree"
	}
	return "https://github.com/kubernetes/kubernetes/" + of + "/" + kubernetesTag + "/" + file
}

func anchored(url, anchor, section string) string {
	if section == "" {
		return url
	}
	return url + anchor + section
}
