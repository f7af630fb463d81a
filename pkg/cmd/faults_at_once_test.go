package cmd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// draft is an unsigned token, and the changes after signing.
type draft struct {
	kid, algorithm string
	key            *ecdsa.PrivateKey
	claims         object
	after          []func(string) string
}

var strangerKey = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))

// fault is one fault of a token. Faults of the same part of a token exclude each other.
type fault struct {
	part string
	id   finding.ID
	do   func(*draft)
	// hidden reports that only a server's configuration or keys show the fault.
	hidden bool
	// cut reports that only the signature is shorter.
	cut bool
}

func faultsOfTokens(now time.Time) []fault {
	return []fault{
		{part: "exp", id: finding.TokenExpired, do: func(d *draft) { d.claims["exp"] = now.Add(-2 * time.Hour).Unix() }},
		{part: "nbf", id: finding.TokenNotYetValid, do: func(d *draft) { d.claims["nbf"] = now.Add(time.Hour).Unix() }},
		{part: "aud", id: finding.AudienceMismatch, hidden: true, do: func(d *draft) { d.claims["aud"] = []string{"somewhere-else"} }},
		{part: "iss", id: finding.IssuerNotTrusted, hidden: true, do: func(d *draft) { d.claims["iss"] = fmt.Sprint(d.claims["iss"]) + "/" }},
		{part: "iss", id: finding.IssuerNotTrusted, hidden: true, do: func(d *draft) { d.claims["iss"] = "https://stranger.example" }},
		{part: "key", id: finding.SigningKeyUnknown, hidden: true, do: func(d *draft) { d.kid, d.key = "unknown", strangerKey }},
		{part: "key", id: finding.SignatureInvalid, hidden: true, do: func(d *draft) { d.key = strangerKey }},
		{part: "key", id: finding.AlgorithmNotAccepted, do: func(d *draft) { d.algorithm = "none" }},
		{part: "writing", id: finding.TokenTruncated, cut: true, do: func(d *draft) { d.then(func(s string) string { return s[:len(s)-20] }) }},
		{part: "writing", id: finding.TokenTruncated, do: func(d *draft) { d.then(func(s string) string { return s[:strings.LastIndexByte(s, '.')-4] }) }},
		{part: "writing", id: finding.TokenPadded, do: func(d *draft) {
			d.then(func(s string) string {
				parts := strings.Split(s, ".")
				for i := range parts {
					parts[i] += strings.Repeat("=", (4-len(parts[i])%4)%4)
				}
				return strings.Join(parts, ".")
			})
		}},
	}
}

func (d *draft) then(do func(string) string) { d.after = append(d.after, do) }

func (d *draft) String() string {
	header := object{"alg": d.algorithm, "kid": d.kid}
	encode := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	raw := encode(header) + "." + encode(d.claims) + "." + strings.Repeat("A", 86)
	if d.algorithm == "ES256" {
		signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: d.key, KeyID: d.kid}}, nil))
		raw = must(must(signer.Sign([]byte(asJSON(d.claims)))).CompactSerialize())
	}
	for _, do := range d.after {
		raw = do(raw)
	}
	return raw
}

// TestSeveralFaultsAtOnce checks tokens with up to four faults. The report has all faults that the evidence shows,
// and its cause is the fault that the API server's own authenticators reported.
func TestSeveralFaultsAtOnce(t *testing.T) {
	const own, other = "https://cluster.example", "https://issuer.example"
	now := time.Now().Truncate(time.Second)
	var flags simulate.Flags
	fs := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	flags.AddFlags(fs)
	// The kid of a ServiceAccount key is the hash of the key.
	der := must(x509.MarshalPKIXPublicKey(&signingKey.PublicKey))
	digest := sha256.Sum256(der)
	kid := base64.RawURLEncoding.EncodeToString(digest[:])
	if err := fs.Parse([]string{"--service-account-issuer=" + own, "--service-account-key-file=" +
		file(t, "sa.pub", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))),
		"--authentication-config=" + file(t, "auth.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
			"issuer": object{"url": other, "audiences": []string{"a"}}, "claimMappings": object{"username": object{"claim": "sub", "prefix": ""}},
		}}}))}); err != nil {
		t.Fatal(err)
	}
	objects := simulate.NewSnapshot()
	if err := objects.Add([]byte(asJSON(object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": object{"name": "web", "namespace": "shop", "uid": "1"}}))); err != nil {
		t.Fatal(err)
	}
	keys := asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey.PublicKey, KeyID: "k", Algorithm: "ES256"}}})
	server := must(simulate.New(*must(flags.Config(simulate.Source{})), simulate.World{
		Now: func() time.Time { return now }, Objects: objects, Keys: func(issuer string) ([]byte, bool) { return []byte(keys), issuer == other },
	}))
	t.Cleanup(server.Close)

	random := mathrand.New(mathrand.NewPCG(12, 9))
	all := faultsOfTokens(now)
	combinations := 0
	for range 600 {
		account := random.IntN(2) == 0
		d := &draft{kid: "k", algorithm: "ES256", key: signingKey, claims: object{"iss": other, "aud": []string{"a"}, "sub": "jane", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix()}}
		if account {
			d.kid = kid
			d.claims = object{"iss": own, "aud": []string{own}, "sub": "system:serviceaccount:shop:web", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nbf": now.Unix(),
				"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "web", "uid": "1"}}}
		}
		chosen := map[string]fault{}
		for range 1 + random.IntN(4) {
			f := all[random.IntN(len(all))]
			chosen[f.part] = f
		}
		var names []string
		for _, part := range slices.Sorted(maps.Keys(chosen)) {
			if part != "writing" {
				chosen[part].do(d)
				names = append(names, string(chosen[part].id))
			}
		}
		if chosen["writing"].cut && d.algorithm == "none" {
			// An unsigned token has no signature whose length could be wrong.
			delete(chosen, "writing")
		}
		if f, ok := chosen["writing"]; ok {
			f.do(d)
			names = append(names, string(f.id))
		}
		combinations++
		c := &credential.Credential{Token: token.Parse(d.String())}
		answer, e := server.Judge(t.Context(), c, nil)
		for _, view := range []string{"simulate", "explain"} {
			if view == "explain" {
				// The caller may create TokenReviews and read the cluster's keys, and nothing else.
				e.Simulated, e.Configuration, e.Issuer = false, evidence.Configuration{}, evidence.Fact[evidence.Issuer]{}
			}
			got := diagnose.Run(diagnose.NewCase(e), checks.All)
			what := fmt.Sprintf("%s, account %v: %s (%s)", view, account, strings.Join(names, ", "), answer.Error)
			if got.Verdict != diagnose.Rejected {
				t.Errorf("%s: %s", what, got.Verdict)
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Values(chosen)), func(f fault) bool {
				// Without the keys, a missing key and a changed token look the same.
				return f.id == got.Cause || f.part == "key" && !account && view == "explain" && got.Cause == finding.SignatureInvalid
			}) {
				t.Errorf("%s: the cause is %s", what, got.Cause)
			}
			for part, f := range chosen {
				if knowable(f, part, chosen, account, view) && !slices.ContainsFunc(got.Findings, func(g finding.Finding) bool { return g.ID == f.id && g.Explains() }) {
					t.Errorf("%s: without %s", what, f.id)
				}
			}
		}
	}
}

// knowable reports whether the evidence of the view shows the fault beside the others.
func knowable(f fault, part string, chosen map[string]fault, account bool, view string) bool {
	if !f.hidden {
		return true
	}
	_, damaged := chosen["writing"]
	_, stranger := chosen["iss"]
	switch part {
	case "iss":
		return view == "simulate"
	case "aud":
		return view == "simulate" && !stranger
	case "key":
		return view == "simulate" && !stranger && !damaged
	}
	return false
}
