package cmd

import (
	"fmt"
	"os"
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
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// mintOptions are the flags of `kubectl create token`, under the same names.
type mintOptions struct {
	audiences       []string
	duration        time.Duration
	kind, name, uid string
	showToken       bool
}

func newMint(o *options) *cobra.Command {
	flags := output.NewFlags()
	var m mintOptions
	c := &cobra.Command{
		Use:   "mint SERVICEACCOUNT",
		Short: "Request a token of a ServiceAccount: TokenRequest",
		Long: `Request a token of a ServiceAccount, and say what was granted.

The token alone goes to standard output. What was granted of what was asked for
goes to standard error: servers shorten lifetimes without a word. The flags are
those of 'kubectl create token'.`,
		Example: `  # A token for the API server
  kubectl authn mint build-robot

  # A token for Vault that lives for ten minutes
  kubectl authn mint build-robot --audience vault --duration 10m

  # A token that ends with a Pod
  kubectl authn mint build-robot --bound-object-kind Pod \
    --bound-object-name build-1

  # Mint, and look at what was minted
  kubectl authn mint build-robot | kubectl authn inspect -`,
		Annotations: map[string]string{
			exitStatuses: `0 issued
2 the API server could not be asked, or did not issue it
3 wrong usage, or there is no such ServiceAccount`,
			objectKinds: "TokenRequest",
		},
		Args: exactly("SERVICEACCOUNT"),
		RunE: func(c *cobra.Command, args []string) error {
			format, _, err := o.format(flags)
			if err != nil {
				return err
			}
			spec, err := m.spec()
			if err != nil {
				return err
			}
			name := strings.TrimPrefix(strings.TrimPrefix(args[0], "serviceaccount/"), "sa/")
			if !finding.ObjectName(name) {
				return usage("SERVICEACCOUNT is not a name that an object can have")
			}
			namespace, err := o.namespace()
			if err != nil {
				return err
			}
			if o.env.Closed != nil && o.env.Closed() {
				return undecided("standard output is closed: the token would be lost, so none was requested").
					hint("to request a token and throw it away: > %s", os.DevNull)
			}
			caller, err := o.caller(c.Context())
			if err != nil {
				return err
			}
			if !caller.Trusted() {
				return undecided("the server %s is spoken to without TLS: no token is requested in the clear", caller.URL())
			}
			request, warnings, f := caller.RequestToken(c.Context(), namespace, name, spec)
			if f != nil {
				err := failed(fmt.Sprintf("no token of serviceaccount %s/%s was issued", namespace, name), f)
				switch f.Kind {
				case evidence.Absent:
					err = err.hint("the namespace is the kubeconfig context's unless --namespace names another")
				case evidence.Forbidden:
					err = err.hint("it takes the right to create serviceaccounts/token: kubectl auth can-i create serviceaccounts/%s --subresource=token --namespace %s", name, namespace)
				}
				if m.kind == "Node" && strings.Contains(f.Text, "ServiceAccountTokenNodeBinding") {
					err = err.hint("API servers issue tokens that are bound to a Node since Kubernetes 1.31, before that only with the feature gate")
				}
				return err
			}
			t := token.Parse(request.Status.Token)
			// A standard error that takes nothing is no reason to lose the token.
			_ = m.granted(o, namespace, name, t, request, warnings)
			if !format.IsObject() {
				o.reveal()
				if _, err := fmt.Fprintln(o.env.Out, t.Raw.Reveal()); err != nil {
					return lost(namespace, name, err)
				}
				return nil
			}
			if err := o.printRequest(format, request, m.showToken); err != nil {
				return lost(namespace, name, err)
			}
			return nil
		},
	}
	section(c, "What is asked for", func(f *pflag.FlagSet) {
		f.StringArrayVar(&m.audiences, "audience", nil, "Ask for a token for `AUDIENCE` (repeatable); without it, for the API server.")
		f.DurationVar(&m.duration, "duration", 0, "Ask for a lifetime of `DURATION`, which the server may shorten; 0 leaves it to the server.")
	})
	section(c, "What the token ends with", func(f *pflag.FlagSet) {
		f.StringVar(&m.kind, "bound-object-kind", "", "Bind it to an object of `KIND` Pod, Secret or Node.")
		f.StringVar(&m.name, "bound-object-name", "", "Bind it to the object of this `NAME`.")
		f.StringVar(&m.uid, "bound-object-uid", "", "Bind it only if the object has this `UID`.")
	})
	section(c, headOutput, func(f *pflag.FlagSet) {
		flags.AddFlags(f)
		f.BoolVar(&m.showToken, "show-token", false, "Leave the token in the object that -o json and the like print.")
	})
	return c
}

// lost is a token that was issued and that nobody got.
func lost(namespace, name string, err error) error {
	f := undecided("a token of serviceaccount %s/%s was issued and is lost: %w", namespace, name, err)
	if why, ok := asFailure(err); ok {
		f.status = why.status
	}
	return f.hint("nobody else has the token; it stays valid until it expires")
}

// printRequest prints the object that the server answered with, and the token in the place
// where it belongs, if that was asked for.
func (o *options) printRequest(format *output.Format, request *authenticationv1.TokenRequest, showToken bool) error {
	issued := request.Status.Token
	request.Status.Token = token.Redacted
	token.Rewrite(request, o.secrets.RedactValue)
	if showToken {
		request.Status.Token = issued
		o.reveal()
	}
	return printed(format.Print(o.env.Out, request))
}

// spec checks the flags and makes the request of them.
func (m *mintOptions) spec() (authenticationv1.TokenRequestSpec, error) {
	var spec authenticationv1.TokenRequestSpec
	if err := checkAudiences(m.audiences); err != nil {
		return spec, err
	}
	spec.Audiences = m.audiences
	switch {
	case m.duration < 0:
		return spec, usage("--duration %s is negative", m.duration)
	case m.duration%time.Second != 0:
		return spec, usage("--duration %s cannot be asked for: lifetimes are whole seconds", m.duration)
	case m.duration > 0:
		seconds := int64(m.duration / time.Second)
		spec.ExpirationSeconds = &seconds
	}
	kinds := map[string]string{"Pod": "v1", "Secret": "v1", "Node": "v1"}
	version, known := kinds[m.kind]
	switch {
	case m.kind == "" && m.name != "":
		return spec, usage("--bound-object-name needs --bound-object-kind")
	case m.kind == "" && m.uid != "":
		return spec, usage("--bound-object-uid needs --bound-object-kind")
	case m.kind == "":
		return spec, nil
	case !known:
		return spec, usage("--bound-object-kind %q is none of Pod, Secret, Node", m.kind)
	case m.name == "":
		return spec, usage("--bound-object-kind needs --bound-object-name")
	}
	spec.BoundObjectRef = &authenticationv1.BoundObjectReference{Kind: m.kind, APIVersion: version, Name: m.name, UID: types.UID(m.uid)}
	return spec, nil
}

// granted says on standard error what the token is, against what was requested.
func (m *mintOptions) granted(o *options, namespace, name string, t *token.Token, request *authenticationv1.TokenRequest, warnings []string) error {
	p, err := o.paper(o.env.Err, o.env.ErrTerminal)
	if err != nil {
		return err
	}
	minted := &report.Minted{ServiceAccount: namespace + "/" + name, RequestedAudiences: m.audiences, RequestedSeconds: int64(m.duration / time.Second)}
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
		minted.BoundTo = m.kind + " " + m.name
	}
	minted.Warnings = append(minted.Warnings, warnings...)
	token.Rewrite(minted, o.secrets.RedactValue)
	return p.Print(minted.Document(p.now))
}
