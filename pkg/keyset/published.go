package keyset

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// invalid adds a fault of the document that some readers stumble over.
func (d *Discovery) invalid(detail finding.Text) {
	d.Findings = append(d.Findings, found(finding.DiscoveryInvalid, detail).
		Fix("Have the issuer correct its discovery document.", finding.Command{}))
}

// judgeNames judges how often a member is there, and under which names.
func (d *Discovery) judgeNames(name string, written []member) {
	switch {
	case len(written) > 1:
		var values []finding.Value
		for _, w := range written[:min(len(written), 4)] {
			values = append(values, finding.T("%q: %s", finding.Standard(w.name), shown(w.value)))
		}
		d.invalid(finding.T("the member %s is there %s times (%s): an API server reads the last one, other readers another one or none",
			finding.Standard(name), finding.Count(len(written)), finding.Join(", ", values...)))
	case len(written) == 1 && written[0].name != name:
		d.invalid(finding.T("the member %s is written %q: an API server reads it all the same, other readers do not find it", finding.Standard(name), finding.Standard(written[0].name)))
	}
}

// shown is a member's value in a sentence, without the credentials of a URL.
func shown(value json.RawMessage) finding.Text {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return finding.T("another type than a string")
	}
	return finding.T("%q", finding.URL.Of(withoutUser(text)))
}

// apiServerAlgorithms are those that an API server accepts of JWT issuers
// (k8s.io/apiserver plugin/pkg/authenticator/token/oidc, AllValidSigningAlgorithms).
var apiServerAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// judgeAlgorithms judges what the document says of the algorithms of ID tokens.
func (d *Discovery) judgeAlgorithms() {
	accepted := func(alg string) bool { return slices.Contains(apiServerAlgorithms, alg) }
	if len(d.Algorithms) > 0 && !slices.ContainsFunc(d.Algorithms, accepted) {
		algorithms := listed(standards(d.Algorithms)...)
		f := finding.Found(finding.AlgorithmNotAccepted, finding.Proved,
			"the issuer says that it signs with %s: an API server accepts the asymmetric algorithms RS, PS and ES alone, and refuses every such token", algorithms)
		f.Title = finding.T("the issuer signs with no algorithm that an API server accepts")
		d.Findings = append(d.Findings, f.Seen("id_token_signing_alg_values_supported", algorithms).
			Fix("Give the issuer an RSA or EC signing key, and have it sign ID tokens with RS256 or ES256.", finding.Command{}))
	}
	if slices.ContainsFunc(d.Algorithms, func(alg string) bool { return strings.EqualFold(alg, "none") }) {
		d.invalid(finding.T(`id_token_signing_alg_values_supported lists "none": the issuer may hand out tokens that are not signed; an API server refuses them, a careless reader accepts them`))
	}
}

// JudgePublished judges how the document is served.
func (d *Discovery) JudgePublished() {
	if f, wrong := judgeContentType(finding.T("the discovery document"), d.ContentType, "application/json"); wrong {
		d.Findings = append(d.Findings, f)
	}
}

// JudgePublished judges what outsiders stumble over in a set that an issuer serves, and that
// is no fault of a file.
func (ks *KeySet) JudgePublished() {
	if f, wrong := judgeContentType(finding.T("the key set"), ks.ContentType, "application/jwk-set+json", "application/json"); wrong {
		ks.Findings = append(ks.Findings, f)
	}
	nameless := 0
	for i := range ks.Keys {
		if k := &ks.Keys[i]; k.ID == "" && k.Public != nil {
			nameless++
		}
	}
	if nameless > 0 {
		ks.Findings = append(ks.Findings, finding.Found(finding.DiscoveryInvalid, finding.Proved,
			"%s of %s keys have no kid: an API server finds such a key only for a token without a kid, and other readers such as AWS STS find none", finding.Count(nameless), finding.Count(len(ks.Keys))).
			Fix("Have the issuer give each key a kid, and name it in the header of its tokens.", finding.Command{}))
	}
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
		"%s is served %s in place of %s: an API server reads it all the same, other readers may refuse it", what, got, finding.Standard(right[0])).
		FixBy(finding.T("Have the web server send the header `Content-Type: %s`.", finding.Standard(right[0])), finding.Command{}), true
}
