package keyset

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// invalid adds a fault of the document that makes some readers fail.
func (d *Discovery) invalid(detail finding.Text) {
	d.Findings = append(d.Findings, found(finding.DiscoveryInvalid, detail).
		Fix("Ask the issuer's operator to correct the discovery document.", finding.Command{}))
}

// judgeNames reports a member that occurs more than once or in another case.
func (d *Discovery) judgeNames(name string, written []member) {
	switch {
	case len(written) > 1:
		var values []finding.Value
		for _, w := range written[:min(len(written), 4)] {
			values = append(values, finding.T("%q: %s", finding.Standard(w.name), valueText(w.value)))
		}
		d.invalid(finding.T("the member %s occurs %s times (%s): an API server reads the last one, other readers may read another one or none",
			finding.Standard(name), finding.Count(len(written)), finding.Join(", ", values...)))
	case len(written) == 1 && written[0].name != name:
		d.invalid(finding.T("the member %s is spelled %q: an API server reads it, other readers do not find it", finding.Standard(name), finding.Standard(written[0].name)))
	}
}

// valueText returns a member's value for a sentence, without the user information of a URL.
func valueText(value json.RawMessage) finding.Text {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return finding.T("not a string")
	}
	return finding.T("%q", finding.URL.Of(withoutUser(text)))
}

// apiServerAlgorithms are the algorithms that an API server accepts for JWT issuers
// (k8s.io/apiserver plugin/pkg/authenticator/token/oidc, AllValidSigningAlgorithms).
var apiServerAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// judgeAlgorithms judges the algorithms that the document lists for ID tokens.
func (d *Discovery) judgeAlgorithms() {
	accepted := func(alg string) bool { return slices.Contains(apiServerAlgorithms, alg) }
	if len(d.Algorithms) > 0 && !slices.ContainsFunc(d.Algorithms, accepted) {
		algorithms := listed(standards(d.Algorithms)...)
		f := finding.Found(finding.AlgorithmNotAccepted, finding.Proved,
			"the document says that the issuer signs with %s; an API server accepts only RS, PS and ES, and rejects every other token", algorithms)
		f.Title = finding.T("the issuer signs with no algorithm that an API server accepts")
		d.Findings = append(d.Findings, f.Seen("id_token_signing_alg_values_supported", algorithms).
			Fix("Configure the issuer to sign ID tokens with an RSA or EC key and the algorithm RS256 or ES256.", finding.Command{}))
	}
	if slices.ContainsFunc(d.Algorithms, func(alg string) bool { return strings.EqualFold(alg, "none") }) {
		d.invalid(finding.T(`id_token_signing_alg_values_supported lists "none": the issuer may issue unsigned tokens, which an API server rejects and a careless reader accepts`))
	}
}

// JudgePublished adds findings about how the document is served.
func (d *Discovery) JudgePublished() {
	if f, wrong := judgeContentType(finding.T("the discovery document"), d.ContentType, "application/json"); wrong {
		d.Findings = append(d.Findings, f)
	}
}

// JudgePublished adds findings that apply only to a set that an issuer serves, not to a file.
func (ks *KeySet) JudgePublished() {
	if f, wrong := judgeContentType(finding.T("the key set"), ks.ContentType, "application/jwk-set+json", "application/json"); wrong {
		ks.Findings = append(ks.Findings, f)
	}
	ks.judgeTypes()
	nameless := 0
	for i := range ks.Keys {
		if k := &ks.Keys[i]; k.ID == "" && k.Public != nil {
			nameless++
		}
	}
	if nameless > 0 {
		ks.Findings = append(ks.Findings, finding.Found(finding.DiscoveryInvalid, finding.Proved,
			"%s of %s keys have no kid. An API server uses such a key only for a token without a kid. Other readers, such as AWS STS, never use it", finding.Count(nameless), finding.Count(len(ks.Keys))).
			Fix("Configure the issuer to give each key a kid, and to name the kid in the header of its tokens.", finding.Command{}))
	}
}

// judgeTypes reports a set with usable keys of which an API server can use none: it accepts no EdDSA.
func (ks *KeySet) judgeTypes() {
	edwards, others := 0, 0
	for i := range ks.Keys {
		switch k := &ks.Keys[i]; {
		case k.Public == nil:
		case k.Type == typeOKP:
			edwards++
		default:
			others++
		}
	}
	if edwards == 0 || others > 0 || ks.Rejected {
		return
	}
	f := finding.Found(finding.AlgorithmNotAccepted, finding.Proved,
		"all %s usable keys of the set are Ed25519 keys, which sign with EdDSA. An API server accepts only RS, PS and ES", finding.Count(edwards))
	f.Title = finding.T("the issuer has no key that an API server can use")
	ks.Findings = append(ks.Findings, f.Fix("Configure the issuer to sign ID tokens with an RSA or EC key and the algorithm RS256 or ES256.", finding.Command{}))
}

func judgeContentType(what finding.Text, contentType string, right ...string) (finding.Finding, bool) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err == nil && slices.Contains(right, mediaType) {
		return finding.Finding{}, false
	}
	got := finding.T("without a Content-Type")
	if contentType != "" {
		got = finding.T("with the Content-Type %q", finding.Standard(contentType))
	}
	return finding.Found(finding.DiscoveryInvalid, finding.Proved,
		"%s is served %s instead of %s: an API server reads it, other readers may reject it", what, got, finding.Standard(right[0])).
		FixBy(finding.T("Configure the web server to send the header `Content-Type: %s`.", finding.Standard(right[0])), finding.Command{}), true
}
