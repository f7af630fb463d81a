package report

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

func fromTrace(t *credential.Trace) *Trace {
	if t == nil {
		return nil
	}
	out := &Trace{}
	for _, f := range t.Files {
		out.Files = append(out.Files, KubeconfigFile{Path: f.Path, Missing: f.Missing, Ignored: f.Ignored})
	}
	for _, s := range t.Settings {
		out.Settings = append(out.Settings, Setting{Name: s.Name, Value: s.Value, Key: s.Key, File: s.File})
	}
	for _, m := range t.Methods {
		out.Methods = append(out.Methods, Method{Type: m.Type, Name: m.Name, Key: m.Key, File: m.File, Client: m.Client, Reason: m.Why})
	}
	return out
}

// chosen adds the server's use of the sent methods.
func (t *Trace) chosen(choice diagnose.Choice, c *credential.Credential) {
	t.Proof = choice.Proof
	for i := range t.Methods {
		m := &t.Methods[i]
		if m.Client != Sent {
			continue
		}
		m.Server = choose(m.Type, map[string]string{credential.MethodCertificate: choice.Certificate, credential.MethodBasic: choice.Basic}, choice.Token)
		if m.Type == credential.MethodExec && c.Certificate != nil && (c.Token == nil || choice.Certificate == Decides) {
			m.Server = choice.Certificate
		}
	}
}

// trace is how kubectl finds the credential that it sends. Each method is followed by its outcome.
func (d *doc) trace(t *Trace) {
	if t == nil {
		return
	}
	var out rows
	// One file is named once.
	only := ""
	if len(t.Files) == 1 && !t.Files[0].Missing {
		only = t.Files[0].Path
		out.add(finding.T("file"), prose(said(only)))
	} else {
		name := finding.T("files")
		for _, f := range t.Files {
			words := said(f.Path)
			switch {
			case f.Missing:
				words = finding.T("%s, which does not exist", words)
			case len(f.Ignored) > 0:
				words = finding.T("%s, without its %s: an earlier file has that", words, finding.Join(", ", f.Ignored...))
			}
			out.add(name, prose(words))
			name = finding.Text{}
		}
	}
	for _, s := range t.Settings {
		out.add(said(s.Name), prose(finding.T("%s  (%s)", s.Value, standing(s.Key, s.File, only))))
	}
	for _, m := range t.Methods {
		words := methodWords(m)
		if m.Name.String() != m.File {
			words = withDetail(m.Name, words)
		}
		out.add(methodName(m.Type), prose(finding.T("%s  (%s)", words, standing(m.Key, m.File, only))))
	}
	out.add(finding.T("proof"), prose(t.Proof))
	d.section(finding.T("What kubectl sends"), document.Rows{Rows: out})
}

func standing(key finding.Text, file, only string) finding.Text {
	if file == "" || file == only {
		return key
	}
	return finding.T("%s, in %s", key, finding.Message(file))
}

func methodName(kind string) finding.Text {
	return choose(kind, map[string]finding.Text{
		credential.MethodCertificate: finding.T("client certificate"), credential.MethodToken: finding.T("token"), credential.MethodTokenFile: finding.T("tokenFile"),
		credential.MethodExec: finding.T("exec plugin"), credential.MethodBasic: finding.T("password"), credential.MethodAuthProvider: finding.T("auth provider"),
	}, said(kind))
}

func methodWords(m Method) finding.Text {
	words := map[string]finding.Text{Sent: finding.T("sent"), NotSent: finding.T("not sent"), NotProduced: finding.T("nothing to send")}[m.Client]
	server := map[string]finding.Text{Decides: finding.T("and the server uses it"), Refused: finding.T("and the server rejects it"), Ignored: finding.T("and the server ignores it")}[m.Server]
	return withDetail(join(words, server), m.Reason)
}
