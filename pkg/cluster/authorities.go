package cluster

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// configMap has the fields of a ConfigMap that are read.
type configMap struct {
	Metadata struct{ Name string }
	Data     map[string]string
}

// Authorities reads the CAs that the API servers publish for extension API servers.
func (c *Caller) Authorities(ctx context.Context) evidence.Fact[evidence.Authorities] {
	source := finding.T("configmap kube-system/extension-apiserver-authentication")
	m, found, failure := c.configMap(ctx, "kube-system", "extension-apiserver-authentication")
	switch {
	case failure != nil:
		return evidence.Not[evidence.Authorities](failure, source)
	case !found:
		return evidence.Not[evidence.Authorities](evidence.Because(evidence.Absent, finding.Errorf("the ConfigMap does not exist")), source)
	}
	return evidence.Is(evidence.Authorities{
		Clients:    certificates([]byte(m.Data["client-ca-file"])),
		FrontProxy: certificates([]byte(m.Data["requestheader-client-ca-file"])),
	}, source)
}

func (c *Caller) configMap(ctx context.Context, namespace, name string) (configMap, bool, *evidence.Failure) {
	var m configMap
	found, failure := c.get(ctx, objectPath(namespace, "configmaps", name), &m)
	if failure == nil && found && m.Metadata.Name != name {
		failure = anotherObject
	}
	return m, found, failure
}

// certificates returns the readable certificates in a PEM text.
func certificates(text []byte) []*x509.Certificate {
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return out
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			out = append(out, cert)
		}
	}
}

const (
	clusterInfo       = "cluster-info"
	clusterInfoSource = "configmap kube-public/" + clusterInfo
)

// ClusterInfo compares a bootstrap token with the signatures of kube-public/cluster-info, which
// kubeadm clusters serve to anonymous requests, and often only to them.
func (c *Caller) ClusterInfo(ctx context.Context, t *token.Token) evidence.Fact[evidence.ClusterInfo] {
	nobody, err := c.WithoutCredentials()
	if err != nil {
		return evidence.Not[evidence.ClusterInfo](evidence.Because(evidence.Unusable, err), finding.T(clusterInfoSource))
	}
	m, found, failure := nobody.configMap(ctx, "kube-public", clusterInfo)
	if failure != nil {
		return evidence.Not[evidence.ClusterInfo](failure, finding.T(clusterInfoSource))
	}
	for t.Inner != nil && t.HasProblem(finding.TokenHasWhitespace) {
		t = t.Inner
	}
	out := evidence.ClusterInfo{Exists: found}
	if t.Bootstrap != nil {
		signature, signed := m.Data["jws-kubeconfig-"+t.Bootstrap.ID]
		out.Signed, out.Matches = signed, signedWith(signature, m.Data["kubeconfig"], t)
	}
	return evidence.Is(out, finding.T(clusterInfoSource))
}

// signedWith reports whether a detached JWS (RFC 7515, appendix F) over content was signed with
// the secret of a bootstrap token and HS256 (k8s.io/cluster-bootstrap token/jws).
func signedWith(signature, content string, t *token.Token) bool {
	header, mac, ok := strings.Cut(signature, "..")
	presented := t.Raw.Reveal()
	if !ok || len(presented) <= len(t.Bootstrap.ID) {
		return false
	}
	h := hmac.New(sha256.New, []byte(presented[len(t.Bootstrap.ID)+1:]))
	h.Write([]byte(header + "." + base64.RawURLEncoding.EncodeToString([]byte(content))))
	return same(h.Sum(nil), decoded(mac))
}

func decoded(mac string) string {
	b, _ := base64.RawURLEncoding.DecodeString(mac)
	return string(b)
}

// Published asks an untrusted server for the CAs of its cluster, without credentials. Its answer
// is not trustworthy.
func (c *Caller) Published(ctx context.Context) evidence.Fact[[]*x509.Certificate] {
	source := finding.T(clusterInfoSource + ", over an unverified connection")
	config := rest.AnonymousClientConfig(c.config)
	config.Insecure, config.CAData, config.CAFile = true, nil, ""
	nobody, err := NewCaller(config, c.secrets)
	if err != nil {
		return evidence.Not[[]*x509.Certificate](evidence.Because(evidence.Unusable, err), source)
	}
	m, found, failure := nobody.configMap(ctx, "kube-public", clusterInfo)
	switch {
	case failure != nil:
		return evidence.Not[[]*x509.Certificate](failure, source)
	case !found:
		return evidence.Not[[]*x509.Certificate](evidence.Because(evidence.Absent, finding.Errorf("the ConfigMap does not exist")), source)
	}
	return evidence.Is(publishedCAs(m.Data["kubeconfig"]), source)
}

// publishedCAs returns the CAs in the kubeconfig of cluster-info, and ignores the rest of it.
func publishedCAs(kubeconfig string) []*x509.Certificate {
	config, err := clientcmd.Load([]byte(kubeconfig))
	if err != nil {
		return nil
	}
	for _, cluster := range config.Clusters {
		if cas := certificates(cluster.CertificateAuthorityData); len(cas) > 0 {
			return cas
		}
	}
	return nil
}
