package main

import (
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The values of `sign token --key`, and what the API server knows about each key.
const (
	keySA      = "sa"       // signs the API server's tokens (RSA)
	keySAOld   = "sa-old"   // rotated: still accepted, no longer signs (ECDSA P-256)
	keySAOther = "sa-other" // of another cluster, unknown to the API server (RSA)
	keyOIDC    = "oidc"     // the lab's OIDC issuer's (RSA)
)

// The values of `sign certificate --ca`.
const (
	caClient  = "client"         // --client-ca-file
	caRebuilt = "client-rebuilt" // the same name as client, another key: a rebuilt CA
	caOther   = "other"          // another cluster's
	caServing = "serving"        // the CA of the API server's own certificate
	caProxy   = "front-proxy"    // --requestheader-client-ca-file
)

// keyPrefix returns the path of a signing key without .key or .pub.
func (d labDir) keyPrefix(name string) string {
	if name == keyOIDC {
		return d.path("oidc", "issuer")
	}
	return d.path(name)
}

// caPrefix returns the path of a CA without .crt or .key.
func (d labDir) caPrefix(name string) string {
	switch name {
	case caServing:
		return d.path("ca")
	case caProxy:
		return d.path("pki", "front-proxy-ca")
	case caClient, caRebuilt:
		return d.path(strings.Replace(name, "client", "client-ca", 1))
	default:
		return d.path("other-ca")
	}
}

// staticUsers are the users of the token file: user name, UID, groups. None has its own role binding.
var staticUsers = [][]string{
	{"static-admin", "static-admin-uid", "system:masters"}, // for proxies that terminate TLS, which a client certificate does not pass
	{"static-user", "static-user-uid", "static-group"},
	{"nobody", "nobody-uid"},
}

// credentials has the keys that the components of the lab need in memory; all others are only on disk.
type credentials struct {
	servingCA pair
	oidcKey   crypto.Signer
	issuerTLS pair
	nodeTLS   pair
}

// makeCredentials creates every key, certificate and token of the lab.
func (d labDir) makeCredentials(now time.Time) (*credentials, error) {
	c := &credentials{}
	err := inParallel(
		func() error { return d.makeSigningKey(keySA, newRSAKey, nil) },
		func() error { return d.makeSigningKey(keySAOther, newRSAKey, nil) },
		func() error { return d.makeSigningKey(keyOIDC, newRSAKey, &c.oidcKey) },
		func() error { return d.makeSigningKey(keySAOld, newECKey, nil) },
		func() error { return d.makeServingCertificates(c, now) },
		func() error { return d.makeClientCertificates(now) },
		d.makeStaticTokens,
	)
	return c, err
}

func (d labDir) makeSigningKey(name string, generate func() (crypto.Signer, error), keep *crypto.Signer) error {
	key, err := generate()
	if err != nil {
		return err
	}
	if keep != nil {
		*keep = key
	}
	return writeKeyPair(d.keyPrefix(name), key)
}

func (d labDir) makeServingCertificates(c *credentials, now time.Time) error {
	var err error
	if c.servingCA, err = newCA("authn-lab-ca", now); err != nil {
		return err
	}
	if err := c.servingCA.write(d.caPrefix(caServing)); err != nil {
		return err
	}
	serving, err := c.servingCA.issue(apiServerCertificate(), now)
	if err != nil {
		return err
	}
	if err := serving.write(d.path("pki", "apiserver")); err != nil {
		return err
	}

	if c.nodeTLS, err = c.servingCA.issue(serverCertificate("system:node:"+nodeName), now); err != nil {
		return err
	}

	// The issuer has its own CA, as an identity provider does: trust in the cluster does not include trust in the issuer.
	issuerCA, err := newCA("authn-lab-oidc-ca", now)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.path("oidc", "ca.crt"), issuerCA.certPEM(), 0o600); err != nil {
		return err
	}
	c.issuerTLS, err = issuerCA.issue(serverCertificate("authn-lab-oidc"), now)
	return err
}

func (d labDir) makeClientCertificates(now time.Time) error {
	for _, ca := range []struct{ name, subject string }{
		{caClient, "authn-lab-client-ca"},
		{caRebuilt, "authn-lab-client-ca"},
		{caOther, "other-client-ca"},
	} {
		made, err := newCA(ca.subject, now)
		if err != nil {
			return err
		}
		if err := made.write(d.caPrefix(ca.name)); err != nil {
			return err
		}
	}

	ca, err := readPair(d.caPrefix(caClient))
	if err != nil {
		return err
	}
	// There are two administrators, so that the audit log distinguishes users from the lab's own controllers.
	for file, user := range map[string]string{"admin": "kubernetes-admin", "controllers": "authn-lab:controllers"} {
		made, err := ca.issue(clientCertificate(user, "system:masters"), now)
		if err != nil {
			return err
		}
		if err := made.write(d.path("pki", file)); err != nil {
			return err
		}
	}

	kubeletClientPair, err := ca.issue(clientCertificate(kubeletClient), now)
	if err != nil {
		return err
	}
	if err := kubeletClientPair.write(d.path("pki", "kubelet-client")); err != nil {
		return err
	}

	frontProxyCA, err := newCA("authn-lab-front-proxy-ca", now)
	if err != nil {
		return err
	}
	if err := frontProxyCA.write(d.path("pki", "front-proxy-ca")); err != nil {
		return err
	}
	frontProxy, err := frontProxyCA.issue(clientCertificate("front-proxy-client"), now)
	if err != nil {
		return err
	}
	return frontProxy.write(d.path("pki", "front-proxy-client"))
}

func (d labDir) makeStaticTokens() error {
	var csv strings.Builder
	for _, user := range staticUsers {
		token := make([]byte, 16)
		if _, err := rand.Read(token); err != nil {
			return err
		}
		line := hex.EncodeToString(token)
		if err := os.WriteFile(d.token(user[0]), []byte(line), 0o600); err != nil {
			return err
		}
		fmt.Fprintf(&csv, "%s,%s,%s", line, user[0], user[1])
		if groups := user[2:]; len(groups) > 0 {
			fmt.Fprintf(&csv, ",%q", strings.Join(groups, ","))
		}
		csv.WriteByte('\n')
	}
	return os.WriteFile(d.path("tokens.csv"), []byte(csv.String()), 0o600)
}

// writeKubeconfigs writes one kubeconfig for each user. Each contains its credentials, so that it can be copied as a single file.
func (d labDir) writeKubeconfigs(server string, folder serverDir) error {
	ca, err := os.ReadFile(d.servingCA())
	if err != nil {
		return err
	}
	for path, write := range map[string]struct{ context, certificate, token string }{
		folder.path("kubeconfig"):              {context: "authn-lab", certificate: d.path("pki", "admin")},
		folder.path("static-admin.kubeconfig"): {context: "static-admin", token: d.token("static-admin")},
		folder.path("static.kubeconfig"):       {context: "static-user", token: d.token("static-user")},
		folder.path("nobody.kubeconfig"):       {context: "nobody", token: d.token("nobody")},
	} {
		user := &clientcmdapi.AuthInfo{}
		if write.certificate != "" {
			if user.ClientCertificateData, err = os.ReadFile(write.certificate + ".crt"); err != nil {
				return err
			}
			if user.ClientKeyData, err = os.ReadFile(write.certificate + ".key"); err != nil {
				return err
			}
		} else {
			token, err := os.ReadFile(write.token)
			if err != nil {
				return err
			}
			user.Token = string(token)
		}
		userName := write.context
		if write.certificate != "" {
			userName = "admin"
		}
		config := clientcmdapi.NewConfig()
		config.Clusters["authn-lab"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
		config.AuthInfos[userName] = user
		config.Contexts[write.context] = &clientcmdapi.Context{Cluster: "authn-lab", AuthInfo: userName}
		config.CurrentContext = write.context
		if err := clientcmd.WriteToFile(*config, path); err != nil {
			return err
		}
	}
	return nil
}
