package simulate

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// ClaimsToken writes claims, a JSON or YAML object, as a token without a valid signature, for a server whose World is Unsigned.
// A token needs exp: it is added if it is absent, which added reports.
func (s *Server) ClaimsToken(data []byte) (t *token.Token, added bool, err error) {
	if err := aliases.Check(data); err != nil {
		return nil, false, err
	}
	payload, err := sigsyaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, false, finding.Errorf("not a JSON or YAML object: %s", finding.Err(err))
	}
	members := map[string]json.RawMessage{}
	if trimmed := bytes.TrimSpace(payload); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, false, finding.Errorf("not an object of claims, such as {\"iss\": \"https://…\", \"sub\": \"jane\"}")
	}
	if err := json.Unmarshal(payload, &members); err != nil {
		return nil, false, finding.Errorf("not an object of claims: %s", finding.Err(err))
	}
	if members["apiVersion"] != nil && members["kind"] != nil {
		return nil, false, finding.Errorf("an object of Kubernetes, not the claims of a token")
	}
	if _, ok := members["exp"]; !ok {
		added = true
		if members["exp"], err = json.Marshal(s.world.Now().Add(time.Hour).Unix()); err != nil {
			return nil, false, err
		}
	}
	if payload, err = json.Marshal(members); err != nil {
		return nil, false, err
	}
	return token.Parse(unsigned(s.signingAlgorithm(), payload)), added, nil
}

// OwnIssuer reports whether the server issues ServiceAccount tokens with that issuer.
func (s *Server) OwnIssuer(issuer string) bool {
	return issuer == serviceaccount.LegacyIssuer || slices.Contains(s.config.ServiceAccountIssuers, issuer)
}
