package keyset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// wellKnown is the path of an issuer's discovery document (OpenID Connect Discovery 1.0, section 4).
const wellKnown = "/.well-known/openid-configuration"

// Discovery is an issuer's discovery document and the key set at its jwks_uri.
type Discovery struct {
	// URL is the address the document was read from.
	URL string
	// ContentType is the response's Content-Type; empty if it had none.
	ContentType string
	// Document is the document as served.
	Document   json.RawMessage
	Issuer     string
	JWKSURI    string
	Algorithms []string
	// Missing are the missing members that OpenID Connect Discovery requires.
	// Kubernetes does not need most of them; other readers may.
	Missing []string
	// KeySet is nil if the keys were not read.
	KeySet   *KeySet
	Findings []finding.Finding
}

// ParseDiscovery reads a discovery document that was served at source. It follows the API
// server, which uses encoding/json: member names match in any case, and the last duplicate counts.
func ParseDiscovery(data []byte, source string) (*Discovery, error) {
	if err := readable(data, finding.T("a discovery document")); err != nil {
		return nil, err
	}
	members := membersOf(data)
	if members == nil {
		return nil, finding.Errorf("the content is JSON, but not a discovery document: an object is expected")
	}
	d := &Discovery{URL: source, Document: bytes.Clone(data)}
	for _, m := range []struct {
		name string
		into any
		// required by OpenID Connect Discovery, section 3.
		required bool
		// read by the API server, which rejects the document if the member has another type.
		read bool
	}{
		{"issuer", &d.Issuer, true, true},
		{"jwks_uri", &d.JWKSURI, true, true},
		{"response_types_supported", new([]string), true, false},
		{"subject_types_supported", new([]string), true, false},
		{"id_token_signing_alg_values_supported", &d.Algorithms, true, true},
		{"authorization_endpoint", new(string), false, true},
		{"token_endpoint", new(string), false, true},
		{"userinfo_endpoint", new(string), false, true},
	} {
		written := read(members, m.name)
		if len(written) == 0 && m.required {
			d.Missing = append(d.Missing, m.name)
		}
		for _, w := range written {
			switch err := json.Unmarshal(w.value, m.into); {
			case err != nil && m.read:
				return nil, finding.Reword(err, "not a discovery document: the member %s has the wrong type", finding.Standard(m.name))
			case err != nil:
				d.invalid(finding.T("the member %s has the wrong type: an API server ignores it, other readers may reject the document", finding.Standard(m.name)))
			}
		}
		d.judgeNames(m.name, written)
	}
	if d.Issuer == "" && d.JWKSURI == "" {
		if len(read(members, "keys")) > 0 {
			return nil, finding.Errorf("the content is a key set, not a discovery document")
		}
		return nil, finding.Errorf("not a discovery document: issuer and jwks_uri are missing")
	}
	d.judgeAlgorithms()
	if f, ok := privateAddress(d.JWKSURI); ok {
		d.Findings = append(d.Findings, f)
	}
	return d, nil
}

// Judge compares the document's issuer with the requested one; both must be identical.
func (d *Discovery) Judge(issuer string) {
	if d.Issuer == issuer {
		return
	}
	requested, actual := finding.Issuer.Of(issuer), finding.Issuer.Of(d.Issuer)
	if Placeholder(d.Issuer) != "" {
		d.judgeTemplate()
		return
	}
	detail := finding.T("the document names the issuer %q, but was requested for %q", actual, requested)
	if d.Issuer == "" {
		detail = finding.T("the document names no issuer, but was requested for %q", requested)
	} else if near := NearMiss(d.Issuer, issuer); !near.IsZero() {
		detail = finding.T("%s: %s", detail, near)
	}
	d.Findings = append(d.Findings, finding.Found(finding.DiscoveryIssuerMismatch, finding.Proved,
		"%s; an API server that is configured with one issuer does not accept the other", detail).
		Seen("issuer of the document", finding.T("%q", actual)).
		Fix("Configure the verifier with exactly the issuer that the document names, or ask the issuer's operator to correct the document.", finding.Command{}))
}

// judgeTemplate reports an issuer that no token has, as Entra's common endpoint names it.
func (d *Discovery) judgeTemplate() {
	actual := finding.Issuer.Of(d.Issuer)
	f := finding.Found(finding.DiscoveryIssuerMismatch, finding.Proved,
		"the document names the issuer %q, in which %s is a placeholder: each tenant has its own issuer. No token has this issuer, and an API server rejects the document", actual, finding.Quoted(Placeholder(d.Issuer)))
	f.Title = finding.T("the document names a template instead of an issuer")
	d.Findings = append(d.Findings, f.Seen("issuer of the document", finding.T("%q", actual)).
		Fix("Use the issuer of one tenant, which is the `iss` of its tokens. For Microsoft Entra ID: https://login.microsoftonline.com/TENANT-ID/v2.0.", finding.Command{}))
}

// privateAddress reports a jwks_uri that cannot be reached from the public internet.
// It judges the host name as written, without a DNS lookup.
func privateAddress(uri string) (finding.Finding, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" {
		return finding.Finding{}, false
	}
	why := privateHost(u.Hostname())
	if why.IsZero() {
		return finding.Finding{}, false
	}
	return finding.Found(finding.JWKSURIPrivate, finding.Proved,
		"jwks_uri points to %q, %s: outside parties (a cloud's STS, Vault, another cluster) cannot read the keys there", finding.Host.Of(u.Host), why).
		Seen("jwks_uri", finding.T("%q", finding.URL.Of(uri))).
		Fix("If outside parties must verify tokens, publish the key set at an address that they can reach. Name that address in the document (for an API server: --service-account-jwks-uri).", finding.Run("kubectl authn discover -o jwks")), true
}

// sharedAddresses are the addresses of carrier-grade NAT (RFC 6598).
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// privateHost returns why a host is not public; empty if nothing shows that.
func privateHost(host string) finding.Text {
	if ip, err := netip.ParseAddr(host); err == nil {
		switch ip = ip.Unmap(); {
		case ip.IsLoopback():
			return finding.T("a loopback address")
		case ip.IsPrivate(), ip.IsLinkLocalUnicast(), sharedAddresses.Contains(ip):
			return finding.T("an address of a private network")
		case ip.IsUnspecified(), ip.IsMulticast():
			return finding.T("an address that no client can reach")
		}
		return finding.Text{}
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !strings.Contains(host, ".") {
		return finding.T("a name without a domain")
	}
	for _, suffix := range []string{".svc", ".cluster.local", ".local", ".localhost", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, suffix) || strings.Contains(host, ".svc.") {
			return finding.T("a name that resolves only in a private network")
		}
	}
	return finding.Text{}
}

// Stage is the document that Discover was reading.
type Stage string

const (
	// StageDocument is the discovery document.
	StageDocument Stage = "document"
	// StageKeys is the key set.
	StageKeys Stage = "keys"
)

// Error is why a document of an issuer could not be read.
type Error struct {
	Stage Stage
	// URL is the requested URL, without user information.
	URL string
	// Status is the response's status; 0 without a response.
	Status int
	// Unusable reports that the response was not the expected document.
	Unusable bool
	// NoAddress reports that the discovery document has no usable jwks_uri.
	NoAddress bool
	Err       error
}

func (e *Error) Error() string { return e.Text().String() }

// Text is the error with its values.
func (e *Error) Text() finding.Text {
	what := finding.T("the discovery document")
	if e.Stage == StageKeys {
		what = finding.T("the key set")
	}
	switch {
	case e.Unusable:
		return finding.T("%s at %s cannot be used: %s", what, finding.URL.Of(e.URL), finding.Err(e.Err))
	case e.URL == "":
		return finding.T("%s cannot be read: %s", what, finding.Err(e.Err))
	}
	return finding.T("%s at %s cannot be read: %s", what, finding.URL.Of(e.URL), finding.Err(e.Err))
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// ID is the finding that the error stands for.
func (e *Error) ID() finding.ID {
	switch {
	case e.Stage == StageKeys && e.Unusable:
		return finding.KeySetInvalid
	case e.Stage == StageKeys:
		return finding.JWKSUnreachable
	case e.Status == http.StatusNotFound:
		return finding.DiscoveryDisabled
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return finding.DiscoveryForbidden
	}
	return finding.DiscoveryUnreachable
}

// Finding is the error as a finding.
func (e *Error) Finding() finding.Finding {
	f := finding.Found(e.ID(), finding.Proved, "%s", e.Text())
	if e.Status != 0 {
		f = f.SeenAt(finding.T("GET %s", finding.URL.Of(e.URL)), status(e.Status))
	}
	switch id := e.ID(); {
	case e.NoAddress:
		return f.Fix("Ask the issuer's operator to set jwks_uri in the discovery document to the https URL of the key set.", finding.Command{})
	case id == finding.DiscoveryDisabled:
		return f.Fix("Check that the URL is exactly the issuer's. A Kubernetes API server serves the document only if its --service-account-issuer is an https URL.", finding.Command{})
	case id == finding.DiscoveryForbidden:
		return f.Fix("If the issuer is a cluster, ask its API server with your own credential. Requests to an issuer's URL carry no credential.", finding.Run("kubectl authn discover"))
	case id == finding.DiscoveryUnreachable, id == finding.JWKSUnreachable:
		return f.Fix("Check the address, its DNS resolution and, for a private CA, --ca-file.", finding.Command{})
	}
	return f
}

// status returns an HTTP status with its name.
func status(code int) finding.Text {
	return finding.T("%s %s", finding.Count(code), finding.Standard(http.StatusText(code)))
}

// Discover reads an issuer's discovery document and its keys. Its errors are *Error or
// the context's. If only the keys cannot be read, the document is returned with the error.
func (f *Fetcher) Discover(ctx context.Context, issuer string) (*Discovery, error) {
	issuer = strings.TrimSuffix(issuer, wellKnown)
	base, err := httpURL(issuer)
	if err != nil {
		return nil, &Error{Stage: StageDocument, URL: withoutUser(issuer), Err: err}
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, &Error{Stage: StageDocument, URL: base.String(), Err: finding.Errorf("an issuer URL must have neither query nor fragment")}
	}
	target := strings.TrimSuffix(base.String(), "/") + wellKnown
	body, header, err := f.read(ctx, StageDocument, target, acceptDocument, maxDocumentBytes)
	if err != nil {
		return nil, err
	}
	d, err := ParseDiscovery(body, target)
	if err != nil {
		return nil, &Error{Stage: StageDocument, URL: target, Status: http.StatusOK, Unusable: true, Err: err}
	}
	d.ContentType = header.Get("Content-Type")
	d.Judge(withoutUser(issuer))
	for i, found := range d.Findings {
		if found.ID == finding.JWKSURIPrivate {
			// The commands of ParseDiscovery are for the cluster's own keys.
			d.Findings[i].Remedy = nil
			d.Findings[i] = d.Findings[i].FixBy(found.Remedy[0].Description, finding.Run("kubectl authn discover -o jwks --issuer-url").Arg(finding.URL.Of(withoutUser(issuer))))
		}
	}
	d.KeySet, err = f.keys(ctx, d.JWKSURI, base.Scheme == "https", ParseJWKS)
	return d, err
}

// keys reads a key set with parse. If secure, it rejects an http URL: keys that an attacker on the
// network can change prove nothing.
func (f *Fetcher) keys(ctx context.Context, uri string, secure bool, parse func([]byte, finding.Text) (*KeySet, error)) (*KeySet, error) {
	u, err := httpURL(uri)
	switch {
	case uri == "":
		err = finding.Errorf("the discovery document has no jwks_uri")
	case err == nil && secure && u.Scheme != "https":
		err = finding.Errorf("the issuer is an https URL and jwks_uri is not. The keys were not fetched, because an attacker on the network can change them")
	}
	if err != nil {
		return nil, &Error{Stage: StageKeys, URL: withoutUser(uri), NoAddress: true, Err: err}
	}
	body, header, err := f.read(ctx, StageKeys, u.String(), acceptKeys, MaxJWKSBytes)
	if err != nil {
		return nil, err
	}
	ks, err := parse(body, finding.T("%s", finding.URL.Of(u.String())))
	if err != nil {
		return nil, &Error{Stage: StageKeys, URL: u.String(), Status: http.StatusOK, Unusable: true, Err: err}
	}
	ks.ContentType = header.Get("Content-Type")
	return ks, nil
}

// FetchKeys reads the keys at a URL, in any form of ParseKeys.
func (f *Fetcher) FetchKeys(ctx context.Context, uri string) (*KeySet, error) {
	return f.keys(ctx, uri, false, ParseKeys)
}

// read reads a document; any status other than 200 is an error.
func (f *Fetcher) read(ctx context.Context, stage Stage, target, accept string, limit int64) ([]byte, http.Header, error) {
	body, header, code, err := f.Get(ctx, target, accept, limit)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, nil, ctx.Err()
	case err == nil && code != http.StatusOK:
		err = finding.Errorf("the server answered %s", status(code))
	}
	if err != nil {
		return nil, nil, &Error{Stage: stage, URL: target, Status: code, Err: err}
	}
	return body, header, nil
}

// withoutUser removes user information from a string that need not be a valid URL.
func withoutUser(s string) string {
	if u, err := url.Parse(s); err == nil {
		if u.User == nil {
			return s
		}
		u.User = nil
		return u.String()
	}
	if _, after, ok := strings.Cut(s, "@"); ok {
		return after
	}
	return s
}
