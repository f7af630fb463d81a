package cmd

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// mintCommand requests tokens. Its flags are those of `kubectl create token`, under the same names.
type mintCommand struct {
	connector *connector
	printing  *printing
	// closed reports whether standard output is closed; nil if that is not known.
	closed          func() bool
	audiences       []string
	duration        time.Duration
	kind, name, uid string
	showToken       bool
}

func newMint(s *session) *cobra.Command {
	m := &mintCommand{connector: s.connector, printing: s.printing, closed: s.env.Closed}
	c := &cobra.Command{
		Use:   "mint SERVICEACCOUNT",
		Short: "Request a token for a ServiceAccount (TokenRequest)",
		Long: `Request a token for a ServiceAccount, and report what was granted.

The token alone goes to standard output. The report goes to standard error,
because the API server may silently shorten the lifetime. The flags are those of
'kubectl create token'. SERVICEACCOUNT is written NAME, sa/NAME or sa NAME.`,
		Example: `  # Request a token for the API server
  kubectl authn mint build-robot

  # Request a token for Vault that is valid for ten minutes
  kubectl authn mint build-robot --audience vault --duration 10m

  # Request a token that becomes invalid when a Pod is deleted
  kubectl authn mint build-robot --bound-object-kind Pod \
    --bound-object-name build-1

  # Request a token and decode it
  kubectl authn mint build-robot | kubectl authn inspect -`,
		Annotations: map[string]string{
			exitStatuses: `0 issued
2 the API server could not be asked, or issued no token
3 wrong usage, or no such ServiceAccount`,
			objectKinds: "TokenRequest",
		},
		Args: oneServiceAccount,
	}
	section(c, "Token", func(f *pflag.FlagSet) {
		f.StringArrayVar(&m.audiences, "audience", nil, "Request a token for `AUDIENCE` (repeatable; default: the API server).")
		f.DurationVar(&m.duration, "duration", 0, "Request a lifetime of `DURATION` (default: the API server chooses). The API server may shorten it.")
	})
	section(c, "Bound object", func(f *pflag.FlagSet) {
		f.StringVar(&m.kind, "bound-object-kind", "", "Bind the token to an object of `KIND` Pod, Secret or Node.")
		f.StringVar(&m.name, "bound-object-name", "", "Bind the token to the object with this `NAME`.")
		f.StringVar(&m.uid, "bound-object-uid", "", "Bind the token only if the object has this `UID`.")
	})
	s.printing.prints(c, m.run)
	section(c, headOutput, func(f *pflag.FlagSet) {
		f.BoolVar(&m.showToken, "show-token", false, "Show the token in the object that -o json and -o yaml print.")
	})
	return c
}

// oneServiceAccount checks the arguments of mint: NAME, sa/NAME or sa NAME.
func oneServiceAccount(_ *cobra.Command, args []string) error {
	const written = "write NAME, sa/NAME or sa NAME"
	if len(args) == 0 {
		return finding.Errorf("SERVICEACCOUNT is missing")
	}
	word, _, slash := strings.Cut(args[0], "/")
	kind := resolve.KindOf(word)
	switch {
	case (slash || len(args) > 1) && kind != "" && kind != finding.ServiceAccount:
		return usage(finding.Errorf("mint requests tokens for ServiceAccounts, not for a %s", finding.Syntax(resolve.Title(kind)))).hint(finding.T(written))
	case len(args) == 1 && (!slash || kind == finding.ServiceAccount), len(args) == 2 && !slash && kind == finding.ServiceAccount && !strings.Contains(args[1], "/"):
		return nil
	case len(args) == 1:
		// The name is not repeated, because it may be a token.
		return usage(finding.Errorf("SERVICEACCOUNT is not a name that an object can have")).hint(finding.T(written))
	case kind == finding.ServiceAccount && len(args) > 2:
		return usage(finding.Errorf("%s names given, and the command takes one ServiceAccount", finding.Count(len(args)-1))).hint(finding.T(written))
	}
	return usage(finding.Errorf("%s arguments given, and the command takes one ServiceAccount", finding.Count(len(args)))).hint(finding.T(written))
}

func (m *mintCommand) run(ctx context.Context, args []string, out *paper) error {
	spec, err := m.spec()
	if err != nil {
		return err
	}
	if out.hiding.asked && (m.showToken || !out.format.IsObject()) {
		return usage(finding.Errorf("--anonymize cannot hide the names in a token")).hint(finding.T("with --anonymize, use -o json or -o yaml, without --show-token"))
	}
	name := args[len(args)-1]
	if _, after, ok := strings.Cut(name, "/"); ok {
		name = after
	}
	if !finding.ObjectName(name) {
		return usage(finding.Errorf("SERVICEACCOUNT is not a valid object name"))
	}
	namespace, err := m.connector.namespace()
	if err != nil {
		return err
	}
	if m.closed != nil && m.closed() {
		return undecided(finding.Errorf("standard output is closed, so no token was requested")).
			hint(finding.T("to request a token and discard it, redirect the output: > %s", finding.Syntax(os.DevNull)))
	}
	request, warnings, err := m.request(ctx, namespace, name, spec)
	if err != nil {
		return err
	}
	t := token.Parse(request.Status.Token)
	// The token is printed even if a write to standard error fails.
	_ = m.granted(namespace, name, t, request, warnings)
	if out.format.IsObject() {
		err = out.printRequest(request, m.showToken)
	} else {
		out.redaction.reveal()
		_, err = fmt.Fprintln(out.W, t.Raw.Reveal())
	}
	if err != nil {
		return lost(namespace, name, err)
	}
	return nil
}

// request requests a token from the API server.
func (m *mintCommand) request(ctx context.Context, namespace, name string, spec authenticationv1.TokenRequestSpec) (*authenticationv1.TokenRequest, []string, error) {
	caller, err := m.connector.caller(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !caller.Trusted() {
		return nil, nil, undecided(finding.Errorf("the connection to %s does not use TLS, so no token was requested", finding.URL.Of(caller.URL())))
	}
	request, warnings, f := caller.RequestToken(ctx, namespace, name, spec)
	if f == nil {
		return request, warnings, nil
	}
	refused := failed(finding.T("no token was issued for serviceaccount %s/%s", finding.Namespace.Of(namespace), finding.ServiceAccount.Of(name)), f)
	switch f.Kind {
	case evidence.Absent:
		refused.hint(finding.T("if the ServiceAccount is in another namespace, add --namespace NAME"))
	case evidence.Forbidden:
		refused.hintRun(finding.T("to check your permission to create serviceaccounts/token, run: "), m.connector.withClusterFlags(
			finding.Run("kubectl auth can-i create").Argf("serviceaccounts/%s", finding.ServiceAccount.Of(name)).Add("--subresource=token").Flag("--namespace", finding.Namespace.Of(namespace))))
	}
	if m.kind == "Node" && strings.Contains(f.Error(), "ServiceAccountTokenNodeBinding") {
		refused.hint(finding.T("tokens bound to a Node need Kubernetes 1.31 or later, or the feature gate ServiceAccountTokenNodeBinding"))
	}
	return nil, nil, refused
}

// lost is the error for a token that was issued and could not be written.
func lost(namespace, name string, err error) error {
	f := undecided(finding.Errorf("a token for serviceaccount %s/%s was issued but could not be written: %s", finding.Namespace.Of(namespace), finding.ServiceAccount.Of(name), finding.Err(err)))
	if why, ok := asFailure(err); ok {
		f.status = why.status
	}
	return f.hint(finding.T("the token was not disclosed, and stays valid until it expires"))
}

// printRequest prints the API server's answer, with the token in its status only if showToken is set.
func (p *paper) printRequest(request *authenticationv1.TokenRequest, showToken bool) error {
	issued := request.Status.Token
	request.Status.Token = token.Redacted
	request = cleaned(p, request)
	if showToken {
		request.Status.Token = issued
		p.redaction.reveal()
	}
	return printError(p.format.Print(p.W, request))
}

// spec checks the flags and creates the request from them.
func (m *mintCommand) spec() (authenticationv1.TokenRequestSpec, error) {
	spec := authenticationv1.TokenRequestSpec{Audiences: m.audiences}
	if err := checkAudiences(m.audiences); err != nil {
		return spec, err
	}
	switch {
	case m.duration < 0:
		return spec, usage(finding.Errorf("--duration %s is negative", finding.Syntax(m.duration.String())))
	case m.duration%time.Second != 0:
		return spec, usage(finding.Errorf("--duration %s is not a whole number of seconds", finding.Syntax(m.duration.String())))
	case m.duration > 0:
		spec.ExpirationSeconds = new(int64(m.duration / time.Second))
	}
	switch {
	case m.kind == "" && m.name != "":
		return spec, usage(finding.Errorf("--bound-object-name needs --bound-object-kind"))
	case m.kind == "" && m.uid != "":
		return spec, usage(finding.Errorf("--bound-object-uid needs --bound-object-kind"))
	case m.kind == "":
		return spec, nil
	case !slices.Contains([]string{"Pod", "Secret", "Node"}, m.kind):
		return spec, usage(finding.Errorf("--bound-object-kind %q is not Pod, Secret or Node", finding.Quoted(m.kind)))
	case m.name == "":
		return spec, usage(finding.Errorf("--bound-object-kind needs --bound-object-name"))
	}
	spec.BoundObjectRef = &authenticationv1.BoundObjectReference{Kind: m.kind, APIVersion: "v1", Name: m.name, UID: types.UID(m.uid)}
	return spec, nil
}

// granted prints to standard error what the API server granted, compared with the request.
func (m *mintCommand) granted(namespace, name string, t *token.Token, request *authenticationv1.TokenRequest, warnings []string) error {
	p, err := m.printing.paper(m.printing.env.Err, m.printing.env.ErrTerminal, &output.Format{Name: output.Text})
	if err != nil {
		return err
	}
	minted := &report.Minted{ServiceAccount: finding.T("%s/%s", finding.Namespace.Of(namespace).Whole(), finding.ServiceAccount.Of(name).Whole()), RequestedAudiences: m.audiences, RequestedSeconds: int64(m.duration / time.Second), Warnings: warnings}
	minted.Audiences, _ = t.Audience()
	exp, expires := t.ExpiresAt()
	if expires {
		minted.ExpiresAt = report.At(exp)
	}
	if iat, ok := t.IssuedAt(); ok {
		minted.IssuedAt = report.At(iat)
	}
	if status := request.Status.ExpirationTimestamp.Time; expires && !status.IsZero() && exp.Sub(status).Abs() > time.Minute {
		minted.RenewBy = report.At(status)
	}
	if m.kind != "" {
		minted.BoundTo = finding.T("%s %s", finding.Standard(m.kind), finding.Kind(strings.ToLower(m.kind)).Of(m.name))
	}
	return p.printReport(minted)
}
