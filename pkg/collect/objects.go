package collect

import (
	"context"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Objects reads the objects that the claims of a subject name, as the caller.
func Objects(ctx context.Context, caller *cluster.Caller, s *evidence.Subject) {
	var w phase
	objects(ctx, caller, s, &w)
	w.Wait()
}

// objects reads the objects that the claims name, as the caller.
func objects(ctx context.Context, caller *cluster.Caller, s *evidence.Subject, w *phase) {
	s.ServiceAccount = evidence.Unasked[evidence.Object](finding.T("the credential names no ServiceAccount"))
	s.Pod = evidence.Unasked[evidence.Object](finding.T("the credential names no Pod"))
	s.Node = evidence.Unasked[evidence.Object](finding.T("the credential names no Node"))
	s.Secret = evidence.Unasked[evidence.Secret](finding.T("the credential names no Secret"))
	if p := s.Credential.Projected; p != nil && s.Credential.Token == nil {
		if !isValidName(p.Namespace, p.ServiceAccount) {
			s.ServiceAccount.Why = finding.T("the ServiceAccount name in the Pod's spec is invalid")
			return
		}
		w.run(func() { s.ServiceAccount = caller.ServiceAccount(ctx, p.Namespace, p.ServiceAccount) })
		return
	}
	t := s.Credential.Token
	if t == nil {
		return
	}
	if t.Bootstrap != nil {
		w.run(func() { s.Secret = caller.Secret(ctx, "kube-system", "bootstrap-token-"+t.Bootstrap.ID, t) })
		return
	}
	sa := t.ServiceAccount()
	if sa == nil {
		return
	}
	impossible := finding.T("the object's name in the claims is invalid")
	if isValidName(sa.Namespace, sa.Name) {
		w.run(func() { s.ServiceAccount = caller.ServiceAccount(ctx, sa.Namespace, sa.Name) })
	} else {
		s.ServiceAccount.Why = impossible
	}
	read(sa.Pod, &s.Pod, impossible, finding.NamespaceName(sa.Namespace), func(name string) { w.run(func() { s.Pod = caller.Pod(ctx, sa.Namespace, name) }) })
	if sa.Pod == nil {
		read(sa.Node, &s.Node, impossible, true, func(name string) { w.run(func() { s.Node = caller.Node(ctx, name) }) })
	}
	if sa.Secret != nil {
		if isValidName(sa.Namespace, sa.Secret.Name) {
			w.run(func() { s.Secret = caller.Secret(ctx, sa.Namespace, sa.Secret.Name, t) })
		} else {
			s.Secret.Why = impossible
		}
	}
}

// replacement reads what decides how the caller can replace a token: whether the caller may request one, and what
// restarts the Pod of the token.
func replacement(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, s *evidence.Subject, w *phase) {
	needless := finding.T("the token need not be replaced")
	s.Workload, s.MayRequestToken = evidence.Unasked[evidence.Controller](needless), evidence.Unasked[bool](needless)
	t := s.Credential.Token
	if t == nil || t.ServiceAccount() == nil || e.Caller.Failed(evidence.Unauthenticated) || !s.Wire.Known() {
		return
	}
	sa := t.ServiceAccount()
	read := s.Credential.Projected != nil || s.Credential.KubeletFile != ""
	if s.Pod.Known() && s.Pod.Value.Exists && (read || isRejected(s)) {
		if of := s.Pod.Value.Controller; of.Name != "" {
			w.run(func() { s.Workload = caller.Workload(ctx, sa.Namespace, of) })
		}
	}
	if isRejected(s) && !s.Credential.AsCaller && isValidName(sa.Namespace, sa.Name) && !slices.Contains(e.Caller.Value.Groups, "system:masters") {
		w.run(func() { s.MayRequestToken = caller.MayRequestToken(ctx, sa.Namespace, sa.Name) })
	}
}

// isValidName reports whether an object can have that name in that namespace.
func isValidName(namespace, name string) bool {
	return finding.NamespaceName(namespace) && finding.ObjectName(name)
}

// read asks for the object that a claim names, if its name and its namespace (within) are valid.
func read(ref *token.Ref, fact *evidence.Fact[evidence.Object], impossible finding.Text, within bool, ask func(string)) {
	switch {
	case ref == nil:
	case within && finding.ObjectName(ref.Name):
		ask(ref.Name)
	default:
		fact.Why = impossible
	}
}

// Status converts a TokenReview's status to evidence.
func Status(s *authenticationv1.TokenReviewStatus) evidence.ReviewStatus {
	return evidence.ReviewStatus{
		Authenticated: s.Authenticated,
		User:          cluster.Identity(s.User),
		Audiences:     s.Audiences,
		Error:         finding.Shorten(s.Error, finding.MaxText),
	}
}
