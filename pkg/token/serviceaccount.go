package token

// The claims of ServiceAccount tokens (kubernetes pkg/serviceaccount, claims.go and legacy.go).
const (
	claimKubernetes      = "kubernetes.io"
	claimLegacyNamespace = "kubernetes.io/serviceaccount/namespace"
	claimLegacySecret    = "kubernetes.io/serviceaccount/secret.name"
	claimLegacyName      = "kubernetes.io/serviceaccount/service-account.name"
	claimLegacyUID       = "kubernetes.io/serviceaccount/service-account.uid"
)

// ServiceAccount has the claims of a ServiceAccount token about its ServiceAccount and bindings.
type ServiceAccount struct {
	Namespace, Name, UID string
	// Pod, Secret and Node are the objects the token is bound to. With a Pod, the Node is only
	// informational. A legacy token names its Secret without a UID.
	Pod, Secret, Node *Ref
}

// Ref names an object that a token is bound to.
type Ref struct{ Name, UID string }

// ServiceAccount returns the claims about the ServiceAccount; nil unless the token is a bound or
// legacy ServiceAccount token.
func (t *Token) ServiceAccount() *ServiceAccount {
	switch t.Kind {
	case KindServiceAccount:
		k := object(t.Claims, claimKubernetes)
		account := object(k, "serviceaccount")
		return &ServiceAccount{
			Namespace: text(k, "namespace"),
			Name:      text(account, "name"),
			UID:       text(account, "uid"),
			Pod:       ref(k, "pod"),
			Secret:    ref(k, "secret"),
			Node:      ref(k, "node"),
		}
	case KindLegacyServiceAccount:
		account := &ServiceAccount{
			Namespace: text(t.Claims, claimLegacyNamespace),
			Name:      text(t.Claims, claimLegacyName),
			UID:       text(t.Claims, claimLegacyUID),
		}
		if name := text(t.Claims, claimLegacySecret); name != "" {
			account.Secret = &Ref{Name: name}
		}
		return account
	}
	return nil
}

func ref(k map[string]any, name string) *Ref {
	o := object(k, name)
	if o == nil {
		return nil
	}
	return &Ref{Name: text(o, "name"), UID: text(o, "uid")}
}

// jwtKind distinguishes ServiceAccount tokens from other JWTs by the claims that the API server's
// own issuer writes.
func jwtKind(claims map[string]any) Kind {
	k := object(claims, claimKubernetes)
	if object(k, "serviceaccount") != nil || text(k, "namespace") != "" {
		return KindServiceAccount
	}
	if text(claims, claimLegacyName) != "" || text(claims, claimLegacyNamespace) != "" || text(claims, claimLegacySecret) != "" {
		return KindLegacyServiceAccount
	}
	return KindJWT
}
