package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// formatJWKS prints the key set alone, and formatPEM its public keys.
const formatJWKS, formatPEM = "jwks", "pem"

// discoverCommand reads and checks the documents of an issuer.
type discoverCommand struct {
	connector *connector
	inputs    *inputs
	issuer    issuerFlags
	notice    func(finding.Text)
}

func newDiscover(s *session) *cobra.Command {
	d := &discoverCommand{connector: s.connector, inputs: s.inputs, notice: s.printing.notice}
	c := &cobra.Command{
		Use:   "discover",
		Short: "Read and check an issuer's discovery document and keys",
		Long: `Read an issuer's discovery document and keys, and check them.

The issuer is the cluster's ServiceAccount issuer, or the one at --issuer-url.
The checks find what outside parties often fail on. Examples are an issuer that
differs by one character, unusable keys, and a document that only users of the
cluster may read.`,
		Example: `  # Check the cluster's own issuer
  kubectl authn discover

  # Save its keys, to verify tokens offline
  kubectl authn discover -o jwks > keys.json

  # Save its keys as PEM, for --service-account-key-file and openssl
  kubectl authn discover -o pem > sa.pub

  # Check another issuer
  kubectl authn discover --issuer-url https://issuer.example`,
		Annotations: map[string]string{
			exitStatuses: `0 read, without errors
1 invalid, or not published (404)
2 not allowed to read, or not reachable
3 wrong usage`,
			objectKinds: "Discovery",
		},
		Args: atMost(0, "no argument"),
	}
	section(c, "Issuer", d.issuer.addFlags)
	s.printing.prints(c, d.run, output.Markdown, formatJWKS, formatPEM)
	s.printing.folds(c)
	return c
}

func (d *discoverCommand) run(ctx context.Context, _ []string, out *paper) error {
	read := d.readCluster
	if d.issuer.url != "" {
		read = d.readIssuer
	}
	found, err := read(ctx)
	switch {
	case err != nil:
		return err
	case out.format.Name == formatJWKS:
		return found.printKeys(out)
	case out.format.Name == formatPEM:
		return found.printPEM(out, d.notice)
	}
	d.connector.addClusterFlags(found.object.Findings)
	return out.end(found.object, found.status)
}

// discovered is the result of reading an issuer's documents.
type discovered struct {
	object *report.Discovery
	jwks   json.RawMessage
	public []keyset.Key
	status int
	// why is the reason why there are no keys.
	why error
}

// printKeys prints the key set alone.
func (d *discovered) printKeys(out *paper) error {
	if d.jwks == nil {
		return &failure{status: d.status, err: finding.Errorf("no key set was read: %s", finding.Err(d.why))}
	}
	keys := out.redaction.withoutValues(d.jwks)
	if out.hiding.asked {
		var err error
		if keys, err = json.Marshal(cleaned(out, d.object.JWKS)); err != nil {
			return usage(err)
		}
	}
	if err := output.JSON(out.W, keys); err != nil {
		return usage(err)
	}
	return statusError(d.status)
}

// printPEM prints the public keys that can verify a token.
func (d *discovered) printPEM(out *paper, notice func(finding.Text)) error {
	if d.jwks == nil {
		return &failure{status: d.status, err: finding.Errorf("no key set was read: %s", finding.Err(d.why))}
	}
	text, leftOut := keyset.PEM(d.public, !out.hiding.asked)
	if leftOut > 0 {
		notice(finding.T("note: %s of %s keys cannot be used and were left out", finding.Count(leftOut), finding.Count(len(d.public))))
	}
	if _, err := out.W.Write(text); err != nil {
		return err
	}
	return statusError(d.status)
}

// readIssuer reads another issuer, as an outsider does.
func (d *discoverCommand) readIssuer(ctx context.Context) (*discovered, error) {
	client, err := d.issuer.client(d.inputs, d.connector.timeout)
	if err != nil {
		return nil, err
	}
	published, err := (&keyset.Fetcher{Client: client}).Discover(ctx, d.issuer.url)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	out := &discovered{object: report.NewDiscovery()}
	out.object.ReadableBy = report.ReadableByAnyone
	out.take(published)
	var e *keyset.Error
	switch {
	case errors.As(err, &e):
		out.fail(e.Finding(), statusOf(e), e)
		if e.Stage == keyset.StageDocument {
			out.object.ReadableBy = report.ReadableByUnknown
		}
	case err != nil:
		return nil, undecided(finding.Errorf("--issuer-url: %s", finding.Err(err)))
	}
	return out, nil
}

// statusOf is exitNo for an invalid or disabled document, and exitUndecided if none could be read.
func statusOf(e *keyset.Error) int {
	if e.Unusable || e.NoAddress || e.Status == http.StatusNotFound {
		return exitNo
	}
	return exitUndecided
}

// take adds a document, its keys and the findings about them.
func (d *discovered) take(from *keyset.Discovery) {
	if from == nil {
		return
	}
	_ = json.Unmarshal(from.Document, &d.object.Configuration)
	d.object.Configuration = report.FromDocument(d.object.Configuration)
	from.JudgePublished()
	d.findings(from.Findings)
	d.keys(from.KeySet)
}

func (d *discovered) keys(set *keyset.KeySet) {
	if set == nil {
		return
	}
	d.jwks, d.public = set.Document(), set.Keys
	_ = json.Unmarshal(d.jwks, &d.object.JWKS)
	d.object.JWKS = report.FromDocument(d.object.JWKS)
	for _, k := range set.Keys {
		d.object.Keys = append(d.object.Keys, report.FromKey(k))
	}
	set.JudgePublished()
	d.findings(set.Findings)
}

func (d *discovered) findings(findings []finding.Finding) {
	for _, f := range findings {
		if f.Severity == finding.Error {
			d.status = max(d.status, exitNo)
		}
		d.object.Findings = append(d.object.Findings, f)
	}
}

// fail adds the finding about a failed read before all other findings.
func (d *discovered) fail(f finding.Finding, status int, why error) {
	d.why = why
	d.object.Findings = append([]finding.Finding{f}, d.object.Findings...)
	d.status = max(d.status, status)
}

// readCluster reads the cluster's own issuer as the caller and without credentials.
func (d *discoverCommand) readCluster(ctx context.Context) (*discovered, error) {
	if d.issuer.caFile != "" {
		return nil, usage(finding.Errorf("--ca-file needs --issuer-url")).hint(finding.T("to choose the CA of the cluster, use --certificate-authority"))
	}
	caller, err := d.connector.caller(ctx)
	if err != nil {
		return nil, err
	}
	if !caller.Trusted() {
		return nil, undecided(finding.Errorf("the connection to %s does not use TLS: %s", finding.URL.Of(caller.URL()), finding.Err(transport.ErrPlainHTTP)))
	}
	document, keys, public, err := askCluster(ctx, caller)
	if err != nil {
		return nil, err
	}
	out := &discovered{object: report.NewDiscovery()}
	out.object.ReadableBy = public
	if f := document.Failure; f != nil {
		out.fail(unreadable(f, caller.URL()+cluster.DiscoveryPath, finding.DiscoveryUnreachable), statusOfFailure(f), f)
		if amiss := d.connector.resolver().Amiss(); amiss != nil && f.Kind == evidence.Unreachable {
			out.object.Findings[0] = out.object.Findings[0].Seen("this Pod", checks.FromFault(nil, *amiss).Detail)
		}
	} else {
		out.takeDocument(document, caller.URL()+cluster.DiscoveryPath)
	}
	switch f := keys.Failure; {
	case f == nil:
		out.takeKeys(keys, caller.URL()+cluster.KeysPath)
	case document.Failure == nil:
		out.fail(unreadable(f, caller.URL()+cluster.KeysPath, finding.JWKSUnreachable), statusOfFailure(f), f)
	}
	if document.Failure == nil && public != report.ReadableByAnyone {
		out.object.Findings = append(out.object.Findings, notPublic(public))
	}
	return out, nil
}

// takeDocument adds the discovery document that the API server serves at a URL.
func (d *discovered) takeDocument(served cluster.Document, url string) {
	read, err := keyset.ParseDiscovery(served.Body, url)
	if err != nil {
		d.fail(finding.Found(finding.DiscoveryUnreachable, finding.Proved, "the API server's answer is not a discovery document: %s", finding.Err(err)), exitNo, err)
		return
	}
	read.ContentType = served.Header.Get("Content-Type")
	d.take(read)
}

// takeKeys adds the keys that the API server serves at a URL.
func (d *discovered) takeKeys(served cluster.Document, url string) {
	set, err := keyset.ParseJWKS(served.Body, finding.T("%s", finding.URL.Of(url)))
	if err != nil {
		d.fail(finding.Found(finding.KeySetInvalid, finding.Proved, "the key set cannot be used: %s", finding.Err(err)), exitNo, err)
		return
	}
	set.ContentType = served.Header.Get("Content-Type")
	d.keys(set)
}

func statusOfFailure(f *evidence.Failure) int {
	if f.Kind == evidence.Unsupported || f.Kind == evidence.Unusable {
		return exitNo
	}
	return exitUndecided
}

// unreadable is the finding for a document of the API server that could not be read.
func unreadable(f *evidence.Failure, url string, otherwise finding.ID) finding.Finding {
	id, why := otherwise, finding.T("%s", finding.Err(f))
	detail, todo, run := why, finding.T("Check the server's address and the network path to the server."), finding.Command{}
	switch f.Kind {
	case evidence.Unreachable:
		detail = finding.T("the API server cannot be reached: %s", why)
		if atKubectlsDefault(f.Error()) {
			todo = finding.T(noCluster + ".")
		}
	case evidence.Unsupported:
		id, todo = finding.DiscoveryDisabled, finding.T("Start kube-apiserver with an https URL as its first --service-account-issuer. Without it, the API server does not serve the document.")
		run = finding.Run("kubectl -n kube-system get pod -l component=kube-apiserver -o yaml").Pipe(finding.Run("grep service-account-issuer")).ByOthers()
	case evidence.Unauthenticated:
		id, todo = finding.DiscoveryForbidden, finding.T("The API server rejects your credential. Explain the credential to find the reason.")
		run = finding.Run("kubectl authn explain")
	case evidence.Forbidden:
		id, todo = finding.DiscoveryForbidden, finding.T("Ask an administrator to bind the ClusterRole system:service-account-issuer-discovery to you. ServiceAccounts have that permission by default.")
		if f.User != "" && f.User != "system:anonymous" {
			run = finding.Run("kubectl create clusterrolebinding issuer-discovery --clusterrole=system:service-account-issuer-discovery").Argf("--user=%s", finding.User.Of(f.User)).ByOthers()
		}
	}
	return finding.Found(id, finding.Proved, "%s", detail).SeenAt(finding.T("GET %s", finding.URL.Of(url)), why).FixBy(todo, run)
}

func notPublic(readableBy string) finding.Finding {
	who := map[string]finding.Text{
		report.ReadableByAuthenticated: finding.T("only authenticated users of the cluster may read the document"),
		report.ReadableByFew:           finding.T("only subjects with the ClusterRole system:service-account-issuer-discovery may read the document, by default all ServiceAccounts"),
		report.ReadableByUnknown:       finding.T("a request without credentials is rejected, and who else may read the document is unknown"),
	}[readableBy]
	return finding.Found(finding.DiscoveryNotPublic, finding.Proved, "%s. Outside parties such as a cloud's STS cannot verify tokens of this cluster", who).
		Fix("To let outside parties verify tokens, publish copies of the document and the keys at public URLs. Name these URLs in --service-account-issuer and --service-account-jwks-uri.", finding.Run("kubectl authn discover -o jwks"))
}

// askCluster reads both documents at once, as the caller and without credentials.
func askCluster(ctx context.Context, caller *cluster.Caller) (document, keys cluster.Document, readableBy string, err error) {
	nobody, err := caller.WithoutCredentials()
	if err != nil {
		return document, keys, "", usage(finding.Errorf("the kubeconfig cannot be used: %s", finding.Err(err)))
	}
	var asking crash.Group
	var anonymous, anonymousKeys cluster.Document
	var readers evidence.Fact[[]string]
	for _, ask := range []func(){
		func() { document = caller.Document(ctx, cluster.DiscoveryPath) },
		func() { keys = caller.Document(ctx, cluster.KeysPath) },
		func() { anonymous = nobody.Document(ctx, cluster.DiscoveryPath) },
		func() { anonymousKeys = nobody.Document(ctx, cluster.KeysPath) },
		func() { readers = caller.GroupsBoundTo(ctx, "system:service-account-issuer-discovery") },
	} {
		asking.Go(ask)
	}
	asking.Wait()
	switch {
	case anonymous.Failure == nil && anonymousKeys.Failure == nil:
		readableBy = report.ReadableByAnyone
	case document.Failure != nil && document.Failure.Kind != evidence.Forbidden, !readers.Known():
		readableBy = report.ReadableByUnknown
	case slices.Contains(readers.Value, "system:authenticated"):
		readableBy = report.ReadableByAuthenticated
	default:
		readableBy = report.ReadableByFew
	}
	return document, keys, readableBy, ctx.Err()
}
