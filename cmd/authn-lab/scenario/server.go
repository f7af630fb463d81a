package scenario

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// sent is a credential that this package sends without kubectl-authn, to have an independent result to compare with.
type sent struct {
	header      string // Authorization, to the letter; empty for none
	token       string // for a TokenReview
	certificate *tls.Certificate
	audiences   []string
	work        string
	at          *endpoint
	url         string
	roots       []byte // PEM
}

// parseSent reads the CREDENTIAL arguments.
func (r *Runner) parseSent(ts *testscript.TestScript, args []string) sent {
	at := remember(ts).at
	s := sent{work: remember(ts).work, at: at, url: at.url}
	for len(args) > 0 {
		if len(args) < 2 {
			ts.Fatalf("%s needs a value", args[0])
		}
		switch name, value := args[0], args[1]; name {
		case "-f":
			// White space around a file's content is not part of the token.
			s.token = strings.TrimSpace(ts.ReadFile(value))
			s.header = "Bearer " + s.token
		case "--header":
			s.header = value
		case "--certificate":
			certificate, err := tls.X509KeyPair([]byte(ts.ReadFile(value+".crt")), []byte(ts.ReadFile(value+".key")))
			ts.Check(err)
			s.certificate = &certificate
		case "--kubeconfig":
			ts.Check(s.readKubeconfig(ts.MkAbs(value)))
		case "--audience":
			s.audiences = append(s.audiences, value)
		default:
			ts.Fatalf("unknown argument %q", name)
		}
		args = args[2:]
	}
	return s
}

// readKubeconfig reads the credential of the current context, unchanged.
func (s *sent) readKubeconfig(path string) error {
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return err
	}
	current := config.Contexts[config.CurrentContext]
	if current == nil {
		return fmt.Errorf("%s has no current context", path)
	}
	if cluster := config.Clusters[current.Cluster]; cluster != nil {
		s.url, s.roots = cluster.Server, cluster.CertificateAuthorityData
	}
	user := config.AuthInfos[current.AuthInfo]
	if user == nil {
		return nil
	}
	switch {
	case user.Token != "":
		s.token, s.header = user.Token, "Bearer "+user.Token
	case user.Username != "":
		request := http.Request{Header: http.Header{}}
		request.SetBasicAuth(user.Username, user.Password)
		s.header = request.Header.Get("Authorization")
	}
	if len(user.ClientCertificateData) > 0 {
		certificate, err := tls.X509KeyPair(user.ClientCertificateData, user.ClientKeyData)
		if err != nil {
			return err
		}
		s.certificate = &certificate
	}
	return nil
}

// post sends a review with the certificate and the header.
func (r *Runner) post(s sent, resource string, review, answer any) (status int, err error) {
	if len(s.roots) == 0 {
		if s.roots, err = os.ReadFile(r.Lab.Path("ca.crt")); err != nil {
			return 0, err
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.roots)
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if s.certificate == nil {
			return &tls.Certificate{}, nil
		}
		return s.certificate, nil // whatever CAs the server asks for
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}, Timeout: 10 * time.Second}

	body, err := json.Marshal(review)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost,
		s.url+"/apis/authentication.k8s.io/v1/"+resource, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "authn-lab scenario")
	if s.header != "" {
		request.Header.Set("Authorization", s.header)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return response.StatusCode, notJSON(data)
	}
	return response.StatusCode, nil
}

// notJSON is a short response that is not JSON.
type notJSON []byte

func (n notJSON) Error() string { return strings.TrimSpace(string(n)) }

// selfSubjectReview is a SelfSubjectReview, or the Status that the server returned instead.
type selfSubjectReview struct {
	metav1.TypeMeta `json:",inline"`
	Status          json.RawMessage `json:"status"`
	Message         string          `json:"message"`
}

// ask sends a request with the credential and returns the result as ANSWER of a wire line.
func (r *Runner) ask(s sent) (string, error) {
	var answer selfSubjectReview
	var distrust *tls.CertificateVerificationError
	status, err := r.post(s, "selfsubjectreviews", map[string]string{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}, &answer)
	switch {
	case err != nil && strings.Contains(err.Error(), "invalid header field value"):
		return "unsendable", nil
	case errors.As(err, &distrust):
		return distrust.Err.Error(), nil
	case err != nil && status == 0:
		return "", err
	case err != nil:
		return fmt.Sprintf("%d %v", status, err), nil
	case status == http.StatusUnauthorized:
		return "401", nil
	case status == http.StatusForbidden && strings.Contains(answer.Message, `User "system:anonymous"`):
		return "anonymous", nil
	case status != http.StatusCreated:
		return fmt.Sprintf("%d %s", status, answer.Message), nil
	}
	var who authenticationv1.SelfSubjectReviewStatus
	if err := json.Unmarshal(answer.Status, &who); err != nil {
		return "", err
	}
	return who.UserInfo.Username, nil
}

func (r *Runner) wire(ts *testscript.TestScript, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: wire ANSWER CREDENTIAL")
	}
	s := r.parseSent(ts, args[1:])
	ts.Check(eventually(func() error {
		got, err := r.ask(s)
		if err == nil && !matches(args[0], got) {
			err = fmt.Errorf("the API server answers %q, want %q", got, args[0])
		}
		return err
	}))
}

func (r *Runner) server(ts *testscript.TestScript, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: server ANSWER CREDENTIAL")
	}
	s := r.parseSent(ts, args[1:])
	ts.Check(eventually(func() error {
		got, err := r.reason(s)
		if err == nil && !matches(args[0], got) {
			err = fmt.Errorf("the API server says\n\t%s\nwant\n\t%s", got, args[0])
		}
		return err
	}))
}

// reason returns the API server's own reason for its answer to a credential.
func (r *Runner) reason(s sent) (string, error) {
	if s.certificate != nil {
		return r.certificateReason(s)
	}
	admin := sent{}
	if err := admin.readKubeconfig(filepath.Join(s.work, kubeconfigFile(Admin, s.at.name))); err != nil {
		return "", err
	}
	review := &authenticationv1.TokenReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenReview"},
		Spec:     authenticationv1.TokenReviewSpec{Token: s.token, Audiences: s.audiences},
	}
	var answer authenticationv1.TokenReview
	status, err := r.post(admin, "tokenreviews", review, &answer)
	switch {
	case err != nil && status == 0:
		return "", err
	case status != http.StatusCreated:
		return fmt.Sprintf("status %d", status), nil
	case answer.Status.Authenticated:
		return "user " + answer.Status.User.Username, nil
	}
	return answer.Status.Error, nil
}

// log returns the content of the server's log.
func (at *endpoint) log() ([]byte, error) {
	if at.folder == "" {
		return nil, fmt.Errorf("%s has no log", at.name)
	}
	return os.ReadFile(filepath.Join(at.folder, "kube-apiserver.log"))
}

var loggedReason = regexp.MustCompile(`"Unable to authenticate the request" err="((?:[^"\\]|\\.)*)"`)

// certificateReason sends a request with the certificate and finds the reason for its rejection in the API server's log by its serial number: only the
// log has it.
func (r *Runner) certificateReason(s sent) (string, error) {
	who, err := r.ask(s)
	if err != nil || who != "401" {
		return "user " + who, err
	}
	leaf, err := x509.ParseCertificate(s.certificate.Certificate[0])
	if err != nil {
		return "", err
	}
	log, err := s.at.log()
	if err != nil {
		return "", err
	}
	found := ""
	for line := range strings.Lines(string(log)) {
		if m := loggedReason.FindStringSubmatch(line); m != nil && strings.Contains(m[1], fmt.Sprintf("SN=%d,", leaf.SerialNumber)) {
			found = strings.ReplaceAll(m[1], `\"`, `"`)
		}
	}
	if found == "" {
		return "", errors.New("the API server's log does not name the certificate")
	}
	return found, nil
}

func (r *Runner) log(ts *testscript.TestScript, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: log TEXT")
	}
	ts.Check(eventually(func() error {
		log, err := remember(ts).at.log()
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(log)) {
			if matches("*"+args[0]+"*", strings.TrimSuffix(line, "\n")) {
				return nil
			}
		}
		return fmt.Errorf("the API server's log has no line with %q", args[0])
	}))
}

// secrets returns the parts of a file that must never be in an output: the signature of a JWT, the whole of another token,
// the secret part of a bootstrap token, private keys.
func secrets(content string) []string {
	var out []string
	rest := []byte(content)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			out = append(out, strings.Split(strings.TrimSpace(string(pem.EncodeToMemory(block))), "\n")[1])
		}
	}
	if len(out) > 0 || strings.Contains(content, "-----BEGIN ") {
		return out
	}
	for _, field := range strings.Fields(content) {
		if dot := strings.LastIndexByte(field, '.'); dot >= 0 {
			field = field[dot+1:]
		}
		if len(field) >= 12 { // shorter texts are words
			out = append(out, field)
		}
	}
	return out
}
