package report

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
)

// The names of the settings that hold somebody's name.
const (
	settingContext    = "context"
	settingUser       = "user"
	settingCluster    = "cluster"
	settingServer     = "server"
	settingServerName = "tls-server-name"
	settingProxy      = "proxy"
	settingActsAs     = "acts as"
)

func fromTrace(t *credential.Trace) *Trace {
	if t == nil {
		return nil
	}
	out := &Trace{}
	for _, f := range t.Files {
		out.Files = append(out.Files, KubeconfigFile(f))
	}
	for _, s := range t.Settings {
		out.Settings = append(out.Settings, Setting(s))
	}
	for _, m := range t.Methods {
		out.Methods = append(out.Methods, Method{Type: m.Type, Name: m.Name, Key: m.Key, File: m.File, Client: m.Client, Reason: m.Why})
	}
	return out
}

// chosen adds what the server made of what was sent.
func (t *Trace) chosen(choice diagnose.Choice, c *credential.Credential) {
	t.Proof = choice.Proof
	for i := range t.Methods {
		m := &t.Methods[i]
		if m.Client != Sent {
			continue
		}
		switch m.Type {
		case credential.MethodCertificate:
			m.Server = choice.Certificate
		case credential.MethodBasic:
			m.Server = choice.Basic
		case credential.MethodExec:
			m.Server = choice.Token
			if c.Certificate != nil && (c.Token == nil || choice.Certificate == Decides) {
				m.Server = choice.Certificate
			}
		default:
			m.Server = choice.Token
		}
	}
}

// traceFacts are the lines of a trace. The name of a method is followed by what became of it.
func traceFacts(t *Trace) (settings, methods []fact) {
	if len(t.Files) > 1 || len(t.Files) == 1 && t.Files[0].Missing {
		for i, f := range t.Files {
			value := f.Path
			switch {
			case f.Missing:
				value += ", which does not exist"
			case len(f.Ignored) > 0:
				value += ", without its " + listed(f.Ignored, ", ") + ": an earlier file has that"
			}
			settings = append(settings, fact{[]string{"files", ""}[min(i, 1)], value})
		}
	}
	// One file is named once.
	only := ""
	if len(t.Files) == 1 && !t.Files[0].Missing {
		only = t.Files[0].Path
		settings = append(settings, fact{"file", only})
	}
	for _, s := range t.Settings {
		settings = append(settings, fact{s.Name, s.Value + "  (" + standing(s.Key, s.File, only) + ")"})
	}
	for _, m := range t.Methods {
		value := methodWords(m)
		if m.Name != "" && m.Name != m.File {
			value = m.Name + ": " + value
		}
		methods = append(methods, fact{methodName(m.Type), value + "  (" + standing(m.Key, m.File, only) + ")"})
	}
	if t.Proof != "" {
		methods = append(methods, fact{"proof", t.Proof})
	}
	return settings, methods
}

func standing(key, file, only string) string {
	if file == "" || file == only {
		return key
	}
	return key + ", in " + file
}

func methodName(kind string) string {
	if name, ok := map[string]string{
		credential.MethodCertificate: "client certificate", credential.MethodToken: "token", credential.MethodTokenFile: "tokenFile",
		credential.MethodExec: "exec plugin", credential.MethodBasic: "password", credential.MethodAuthProvider: "auth provider",
	}[kind]; ok {
		return name
	}
	return kind
}

func methodWords(m Method) string {
	words := map[string]string{Sent: "sent", NotSent: "not sent", NotProduced: "nothing to send"}[m.Client]
	switch m.Server {
	case Decides:
		words += ", and the server goes by it"
	case Refused:
		words += ", and the server refuses it"
	case Ignored:
		words += ", and the server does not look at it"
	}
	if m.Reason != "" {
		words += ": " + m.Reason
	}
	return words
}

// trace writes how kubectl comes to what it sends.
func (p *page) trace(t *Trace) {
	if t == nil {
		return
	}
	settings, methods := traceFacts(t)
	if len(settings)+len(methods) == 0 {
		return
	}
	p.heading("What kubectl sends")
	var rows list
	for _, f := range append(settings, methods...) {
		rows = append(rows, row{f.name, []span{text(f.value)}})
	}
	p.rows(indent, rows)
}

func (md *markdown) trace(t *Trace) {
	if t == nil {
		return
	}
	settings, methods := traceFacts(t)
	if len(settings)+len(methods) == 0 {
		return
	}
	md.heading("What kubectl sends")
	name := ""
	for _, f := range append(settings, methods...) {
		if f.name != "" {
			name = f.name
		}
		md.fact(name, prose(f.value))
	}
}
