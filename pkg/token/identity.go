package token

// Identity is the identity of a Kubernetes user.
type Identity struct {
	Username string              `json:"username"`
	UID      string              `json:"uid,omitempty"`
	Groups   []string            `json:"groups,omitempty"`
	Extra    map[string][]string `json:"extra,omitempty"`
}

// Names that the API server adds to authenticated users
// (k8s.io/apiserver pkg/authentication/serviceaccount and user).
const (
	groupAuthenticated = "system:authenticated"
	extraPrefix        = "authentication.kubernetes.io/"
)

// Identity returns the identity that Kubernetes assigns to the token if it is valid. It is nil if
// the token alone does not determine it, as for another issuer's JWT, an opaque token or an AWS
// token. Groups from a bootstrap token's Secret are not included.
func (t *Token) Identity() *Identity {
	switch t.Kind {
	case KindBootstrap:
		return &Identity{
			Username: "system:bootstrap:" + t.Bootstrap.ID,
			Groups:   []string{"system:bootstrappers", groupAuthenticated},
		}
	case KindServiceAccount, KindLegacyServiceAccount:
		return t.serviceAccountIdentity()
	}
	return nil
}

func (t *Token) serviceAccountIdentity() *Identity {
	account := t.ServiceAccount()
	if account.Namespace == "" || account.Name == "" {
		return nil
	}
	id := &Identity{
		Username: "system:serviceaccount:" + account.Namespace + ":" + account.Name,
		UID:      account.UID,
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + account.Namespace, groupAuthenticated},
	}
	if t.Kind == KindLegacyServiceAccount {
		// The server rejects a legacy token whose sub does not match its other claims.
		if t.Subject() != id.Username {
			return nil
		}
		return id
	}
	extra := map[string][]string{}
	if pod := account.Pod; pod != nil && pod.Name != "" && pod.UID != "" {
		extra[extraPrefix+"pod-name"] = []string{pod.Name}
		extra[extraPrefix+"pod-uid"] = []string{pod.UID}
	}
	if node := account.Node; node != nil && node.Name != "" {
		extra[extraPrefix+"node-name"] = []string{node.Name}
		if node.UID != "" {
			extra[extraPrefix+"node-uid"] = []string{node.UID}
		}
	}
	if jti := t.ID(); jti != "" {
		extra[extraPrefix+"credential-id"] = []string{"JTI=" + jti}
	}
	if len(extra) > 0 {
		id.Extra = extra
	}
	return id
}
