package keyset

import (
	"encoding/json"
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// invalid adds a fault of the document that some readers stumble over.
func (d *Discovery) invalid(detail string) {
	d.Findings = append(d.Findings, finding.New(finding.DiscoveryInvalid, finding.Proved, detail).
		Do("Have the issuer correct its discovery document.", ""))
}

// judgeNames judges how often a member is there, and under which names.
func (d *Discovery) judgeNames(name string, written []member) {
	switch {
	case len(written) > 1:
		var values []string
		for _, w := range written {
			values = append(values, fmt.Sprintf("%s: %s", quote(w.name), shown(w.value)))
		}
		d.invalid(fmt.Sprintf("the member %s is there %d times (%s): an API server reads the last one, other readers another one or none",
			name, len(written), strings.Join(values[:min(len(values), 4)], ", ")))
	case len(written) == 1 && written[0].name != name:
		d.invalid(fmt.Sprintf("the member %s is written %s: an API server reads it all the same, other readers do not find it", name, quote(written[0].name)))
	}
}

// shown is a member's value in a sentence, without the credentials of a URL.
func shown(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return "another type than a string"
	}
	return quote(withoutUser(text))
}

// apiServerAlgorithms are those that an API server accepts of JWT issuers
// (k8s.io/apiserver plugin/pkg/authenticator/token/oidc, AllValidSigningAlgorithms).
var apiServerAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// judgeAlgorithms judges what the document says of the algorithms of ID tokens.
func (d *Discovery) judgeAlgorithms() {
	accepted := func(alg string) bool { return slices.Contains(apiServerAlgorithms, alg) }
	if len(d.Algorithms) > 0 && !slices.ContainsFunc(d.Algorithms, accepted) {
		f := finding.New(finding.AlgorithmNotAccepted, finding.Proved,
			fmt.Sprintf("the issuer says that it signs with %s: an API server accepts the asymmetric algorithms RS, PS and ES alone, and refuses every such token", quoteAll(d.Algorithms)))
		f.Title = "the issuer signs with no algorithm that an API server accepts"
		d.Findings = append(d.Findings, f.See("id_token_signing_alg_values_supported", quoteAll(d.Algorithms)).
			Do("Give the issuer an RSA or EC signing key, and have it sign ID tokens with RS256 or ES256.", ""))
	}
	if slices.ContainsFunc(d.Algorithms, func(alg string) bool { return strings.EqualFold(alg, "none") }) {
		d.invalid("id_token_signing_alg_values_supported lists \"none\": the issuer may hand out tokens that are not signed; an API server refuses them, a careless reader accepts them")
	}
}

// JudgePublished judges how the document is served.
func (d *Discovery) JudgePublished() {
	if f, wrong := judgeContentType("the discovery document", d.ContentType, "application/json"); wrong {
		d.Findings = append(d.Findings, f)
	}
}

// JudgePublished judges what outsiders stumble over in a set that an issuer serves, and that
// is no fault of a file.
func (ks *KeySet) JudgePublished() {
	if f, wrong := judgeContentType("the key set", ks.ContentType, "application/jwk-set+json", "application/json"); wrong {
		ks.Findings = append(ks.Findings, f)
	}
	nameless := 0
	for i := range ks.Keys {
		if k := &ks.Keys[i]; k.ID == "" && k.Public != nil {
			nameless++
		}
	}
	if nameless > 0 {
		ks.Findings = append(ks.Findings, finding.New(finding.DiscoveryInvalid, finding.Proved,
			fmt.Sprintf("%d of %d keys have no kid: an API server finds such a key only for a token without a kid, and other readers such as AWS STS find none", nameless, len(ks.Keys))).
			Do("Have the issuer give each key a kid, and name it in the header of its tokens.", ""))
	}
}

func judgeContentType(what, contentType string, right ...string) (finding.Finding, bool) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err == nil && slices.Contains(right, mediaType) {
		return finding.Finding{}, false
	}
	got := "without a Content-Type"
	if contentType != "" {
		got = "with the Content-Type " + quote(contentType)
	}
	return finding.New(finding.DiscoveryInvalid, finding.Proved,
		fmt.Sprintf("%s is served %s in place of %s: an API server reads it all the same, other readers may refuse it", what, got, right[0])).
		Do(fmt.Sprintf("Have the web server send the header `Content-Type: %s`.", right[0]), ""), true
}
