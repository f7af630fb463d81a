package serve

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// explainer is an authenticator that also writes to the log in which states the objects are that a rejected token
// names. No answer waits for it or contains it: whether an object exists is not for everyone.
type explainer struct {
	authenticator
	caller    *cluster.Caller
	audiences []string
	log       *decisionLog
	now       func() time.Time
	// slots bounds the explanations at once. Further ones are left out: clients choose how many there are.
	slots chan struct{}
}

const (
	maxExplanations    = 4
	explanationTimeout = 5 * time.Second
)

func newExplainer(tokens authenticator, config *rest.Config, audiences []string, log *decisionLog, now func() time.Time) (*explainer, error) {
	caller, err := cluster.NewCaller(config, &token.Secrets{})
	if err != nil {
		return nil, err
	}
	return &explainer{tokens, caller, audiences, log, now, make(chan struct{}, maxExplanations)}, nil
}

func (e *explainer) authenticate(ctx context.Context, t token.Secret) (*verdict, error) {
	v, err := e.authenticator.authenticate(ctx, t)
	if err != nil || v.user != nil || v.offline {
		return v, err
	}
	select {
	case e.slots <- struct{}{}:
	default:
		return v, nil
	}
	said := v.rejected.said
	crash.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), explanationTimeout)
		defer cancel()
		e.explain(ctx, t, said)
	}, func(c *crash.Crash) {
		<-e.slots
		if c != nil {
			e.log.warn(finding.T("an explanation failed, which is a bug in kubectl authn: %s", finding.Message(c.Cause)))
		}
	})
	return v, nil
}

// explain reads the objects, and writes what follows from their states.
func (e *explainer) explain(ctx context.Context, t token.Secret, said string) {
	read := token.Parse(t.Reveal())
	found := collect.Reviewed(&credential.Credential{Source: finding.T("the request"), Token: read}, e.audiences, evidence.ReviewStatus{Error: finding.Shorten(said, finding.MaxText)}, e.now())
	s := found.Subjects[0]
	collect.Objects(ctx, e.caller, s)
	objects := states(read, s)
	if len(objects) == 0 {
		return
	}
	attributes := []slog.Attr{slog.String("jti", shown(read.ID())), slog.Any("objects", objects)}
	if all := diagnose.Meaning(diagnose.NewCase(found), checks.All); len(all) > 0 {
		first := all[0]
		detail := token.Hide(token.Redact(first.Detail.String()), t.Reveal())
		attributes = append(attributes, slog.String("finding", string(first.ID)), slog.String("title", first.Title.String()), slog.String("detail", escape.Text(detail)))
	}
	e.log.lines.LogAttrs(ctx, slog.LevelInfo, "explanation", attributes...)
}

// states are the objects that a token names, each with its state. Names in claims of a rejected token are not checked.
func states(t *token.Token, s *evidence.Subject) (out []string) {
	add := func(kind, name, uid string, f evidence.Fact[evidence.Object]) {
		out = append(out, escape.Text(bounded(fmt.Sprintf("%s %s: %s", kind, name, state(f, uid)))))
	}
	account := t.ServiceAccount()
	if account == nil {
		return nil
	}
	add("ServiceAccount", account.Namespace+"/"+account.Name, account.UID, s.ServiceAccount)
	if p := account.Pod; p != nil {
		add("Pod", account.Namespace+"/"+p.Name, p.UID, s.Pod)
	}
	if n := account.Node; n != nil && account.Pod == nil {
		add("Node", n.Name, n.UID, s.Node)
	}
	if of := account.Secret; of != nil {
		f := evidence.Fact[evidence.Object]{State: s.Secret.State, Value: s.Secret.Value.Object, Failure: s.Secret.Failure, Why: s.Secret.Why}
		add("Secret", account.Namespace+"/"+of.Name, of.UID, f)
	}
	return out
}

func state(f evidence.Fact[evidence.Object], uid string) string {
	switch o := f.Value; {
	case !f.Known():
		return "unknown: " + token.Redact(f.Reason().String())
	case !o.Exists:
		return "missing"
	case uid != "" && o.UID != uid:
		return "recreated at " + o.CreationTimestamp.UTC().Format(time.RFC3339) + ", the token names another UID"
	case o.DeletionTimestamp != nil:
		return "terminating since " + o.DeletionTimestamp.UTC().Format(time.RFC3339)
	}
	return "exists"
}
