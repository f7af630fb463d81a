package scenario

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// webhook is a token webhook (--authentication-token-webhook-config-file) with the same answer for every token.
type webhook struct {
	user   string // of a yes
	groups []string
	error  string // of a no
	status int    // where it does not review at all
}

func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var review authenticationv1.TokenReview // of v1beta1 as well, which has the same fields
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if h.status != 0 {
		http.Error(w, "the webhook is not well", h.status)
		return
	}
	review.Status = authenticationv1.TokenReviewStatus{Authenticated: h.user != "", Error: h.error}
	if h.user != "" {
		review.Status.User = authenticationv1.UserInfo{Username: h.user, Groups: h.groups}
	}
	review.Spec.Token = ""
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review)
}

func (r *Runner) webhook(ts *testscript.TestScript, args []string) {
	h := &webhook{}
	flags := flag.NewFlagSet("webhook", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&h.user, "user", "", "")
	flags.Func("group", "", func(group string) error { h.groups = append(h.groups, group); return nil })
	flags.StringVar(&h.error, "error", "", "")
	flags.IntVar(&h.status, "status", 0, "")
	m := remember(ts)
	name := m.parse(ts, flags, args)

	web := r.newWeb(h)
	ts.Check(web.start())
	ts.Defer(web.stop)
	m.parts[name] = web
	m.setURL(ts, name, web.url())

	ca, err := os.ReadFile(r.Lab.Path("ca.crt"))
	ts.Check(err)
	config := clientcmdapi.NewConfig()
	config.Clusters["webhook"] = &clientcmdapi.Cluster{Server: web.url() + "/authenticate", CertificateAuthorityData: ca}
	config.Contexts["webhook"] = &clientcmdapi.Context{Cluster: "webhook"}
	config.CurrentContext = "webhook"
	ts.Check(clientcmd.WriteToFile(*config, filepath.Join(m.work, name+".kubeconfig")))
}
