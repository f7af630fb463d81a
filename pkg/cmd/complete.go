package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
)

// The shell and its user wait for a completion, so the answer is what is known after this time. With the start of
// kubectl, a completion takes less than a second.
const (
	completionTime = 600 * time.Millisecond
	// completionGrace is for a wait that no context ends, such as an exec plugin or the opening of a file.
	completionGrace = 100 * time.Millisecond
)

// quietPlugins are exec plugins that return the result of an earlier login or fail. Other plugins may open a
// browser or ask for a password.
var quietPlugins = []string{"aws", "aws-iam-authenticator", "doctl", "gke-gcloud-auth-plugin"}

var errNotQuiet = errors.New("the exec plugin is not run for a completion")

// asksForCompletion reports whether a shell asks for completions, in the protocol of cobra's scripts, which
// kubectl also uses.
func asksForCompletion(args []string) bool {
	return len(args) > 1 && (args[1] == cobra.ShellCompRequestCmd || args[1] == cobra.ShellCompNoDescRequestCmd)
}

// complete answers a shell within a time and a grace. It writes nothing to standard error, because the user is in
// the middle of a line.
func complete(ctx context.Context, args []string, env Env, within, grace time.Duration) int {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	// cobra writes errors with the words of the line into the file that this variable names, which others may be
	// able to read.
	_ = os.Unsetenv("BASH_COMP_DEBUG_FILE")
	stdout := env.Out
	env.In, env.Err = strings.NewReader(""), io.Discard
	plugin := make(chan func(), 1)
	s := newSession(env)
	takeLogs(io.Discard, s.redaction.secrets)
	s.connector.beforePlugin = quietly(env.Detach, plugin)
	// cobra and exec plugins write directly to standard error.
	s.connector.pluginStderr.Clean = func(string) string { return "" }
	if err := s.connector.pluginStderr.Attach(); err != nil {
		fmt.Fprintf(stdout, ":%d\n", cobra.ShellCompDirectiveNoFileComp)
		return exitYes
	}

	answered := make(chan []byte, 1)
	var lines []byte
	crash.Go(func() { lines = s.answer(ctx, args) }, func(*crash.Crash) {
		// After a crash there is no answer, and a message would appear in the middle of a line.
		answered <- lines
	})
	late := false
	select {
	case lines := <-answered:
		if len(lines) > 0 {
			_, _ = stdout.Write(lines)
			if ctx.Err() == nil {
				return exitYes
			}
			late = true
		}
	case <-time.After(within + grace):
	}
	if !late {
		// No completions, and no file names instead.
		fmt.Fprintf(stdout, ":%d\n", cobra.ShellCompDirectiveNoFileComp)
	}
	select {
	case stop := <-plugin:
		stop()
	default:
	}
	return exitYes
}

// answer returns cobra's completions of the words, without those that contain a secret.
func (s *session) answer(ctx context.Context, args []string) []byte {
	root := newRoot(s)
	addCompletions(root, s.connector)
	root.SetArgs(args[1:])
	var out bytes.Buffer
	root.SetOut(&out)
	if root.ExecuteContext(ctx) != nil {
		out.Reset()
	}
	return s.redaction.withoutSecrets(ownFlagsFirst(out.Bytes(), root.PersistentFlags()))
}

// ownFlagsFirst lists the flags of this command before kubectl's flags. cobra lists kubectl's flags first, and
// shells sort them all.
func ownFlagsFirst(answer []byte, shared *pflag.FlagSet) []byte {
	words, directive, ok := strings.Cut(string(answer), "\n:")
	n, err := strconv.Atoi(strings.TrimSpace(directive))
	if !ok || err != nil || !strings.HasPrefix(words, "-") {
		return answer
	}
	var own, others []string
	for _, word := range strings.Split(words, "\n") {
		flag, _, _ := strings.Cut(word, "\t")
		name, long := strings.CutPrefix(flag, "--")
		if long && shared.Lookup(name) != nil || len(flag) == 2 && shared.ShorthandLookup(flag[1:]) != nil {
			others = append(others, word)
		} else {
			own = append(own, word)
		}
	}
	n |= int(cobra.ShellCompDirectiveKeepOrder)
	return fmt.Appendf(nil, "%s\n:%d\n", strings.Join(append(own, others...), "\n"), n)
}

// quietly lets an exec plugin run for a completion, without standard input and without a terminal, if it never
// asks the user. It sends the function that stops the plugin to running.
func quietly(detach func() (stop func(), ok bool), running chan<- func()) func(*clientcmdapi.ExecConfig) error {
	return func(plugin *clientcmdapi.ExecConfig) error {
		name := strings.TrimSuffix(filepath.Base(plugin.Command), ".exe")
		if !slices.Contains(quietPlugins, name) || detach == nil {
			return errNotQuiet
		}
		stop, ok := detach()
		if !ok {
			return errNotQuiet
		}
		running <- stop
		plugin.StdinUnavailable, plugin.StdinUnavailableMessage = true, "a word is being completed"
		return nil
	}
}
