package diagnose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The verification of a signature takes longer than everything else, so a diagnosis does it once for all checks
// and attempts.
func TestASignatureIsVerifiedOnce(t *testing.T) {
	const issuer = "https://kubernetes.default.svc.cluster.local"
	now := time.Date(2026, 5, 24, 19, 10, 28, 0, time.UTC)
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "kid"}}, nil))
	raw := must(must(signer.Sign(must(json.Marshal(map[string]any{
		"iss": issuer, "sub": "system:serviceaccount:shop:robot", "aud": []string{issuer}, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{
			"namespace": "shop", "serviceaccount": map[string]any{"name": "robot", "uid": "old"}, "pod": map[string]any{"name": "web", "uid": "old"},
		},
	})))).CompactSerialize())
	published := must(keyset.ParseJWKS(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "kid", Algorithm: "ES256"}}})), finding.T("test")))
	refusal := evidence.Is(evidence.Answer{Status: 401, FromAPIServer: true}, finding.T("SelfSubjectReview"))
	review := evidence.Unasked[evidence.ReviewStatus](finding.T("nobody may"))
	another := evidence.Is(evidence.Object{Exists: true, UID: "new", CreationTimestamp: now}, finding.T("GET object"))
	c := diagnose.NewCase(&evidence.Evidence{
		Now: now,
		Cluster: evidence.Is(evidence.Issuer{
			Discovery: evidence.Is(&keyset.Discovery{Issuer: issuer}, finding.T("discovery")), Keys: evidence.Is(published, finding.T("keys")),
		}, finding.T("the API server")),
		Subjects: []*evidence.Subject{{
			Credential: &credential.Credential{Token: token.Parse(raw)}, Wire: refusal, Reviews: []evidence.Review{{Answer: review}},
			ServiceAccount: another, Pod: another,
			Attempts: []evidence.Attempt{{Wire: refusal, Review: review}, {Wire: refusal, Review: review}},
		}},
	})
	verifications := c.Verifications()
	d := diagnose.Run(c, checks.All)
	if d.Verdict != diagnose.Rejected || d.Cause != finding.ServiceAccountRecreated || !d.SignatureVerified {
		t.Errorf("%s, because of %s, verified: %v", d.Verdict, d.Cause, d.SignatureVerified)
	}
	if *verifications != 1 {
		t.Errorf("the signature was verified %d times", *verifications)
	}
}
