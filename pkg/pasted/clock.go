package pasted

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// notYet are the words of clients about a server certificate that is not valid yet. A new certificate does not help: a clock is wrong.
var notYet = []string{"certificate is not yet valid", "Issued certificate not yet valid", "NOT_YET_VALID", "NotValidYet", "CertificateNotYetValid", "Verify return code: 9 "}

// isNotYetValid reports whether a client rejects a server's certificate because it is not valid yet. Messages without times that
// leave open whether the certificate has expired do not count.
func isNotYetValid(r reason) bool {
	isAbout := len(r.IDs) > 0 && r.IDs[0] == finding.ServerCertificateExpired || r.connection == notNow
	return isAbout && (r.Values["notBefore"] != "" || slices.ContainsFunc(notYet, func(w string) bool { return strings.Contains(r.Text, w) }))
}

// clockFix adds the steps that find the wrong clock.
func clockFix(f finding.Finding) finding.Finding {
	return f.Fix("Compare the clock of the client that reports the error with the actual time. If the clock is wrong, correct it (NTP), and try again. On the client's machine:", finding.Run("date -u")).
		Fix("If the client's clock is right, the clock of the machine that issued the certificate was ahead. Correct that clock. Then wait until the certificate is valid, or issue a new certificate.", finding.Command{})
}
