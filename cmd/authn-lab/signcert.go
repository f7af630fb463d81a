package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

type certificateOptions struct {
	dir           string
	ca            string
	commonName    string
	organizations []string
	usages        []string
	notBefore     string
	notAfter      string
	out           string
}

func newSignCertificateCommand() *cobra.Command {
	var o certificateOptions
	cmd := &cobra.Command{
		Use:   "certificate --ca client|client-rebuilt|other|serving|front-proxy --out PREFIX",
		Short: "Forge a client certificate or a server certificate",
		Long: `Forge a certificate and its key, and write them to PREFIX.crt and PREFIX.key.

CAs: the API server trusts client. client-rebuilt has the same name and another key. other belongs to another cluster. Clients
of the lab trust serving, which signs a server certificate with the names of the lab's API server.`,
		Example: `  # a certificate that expired yesterday
  authn-lab sign certificate --ca client --common-name jane --organization developers --not-before '$now-30d' --not-after '$now-1d' --out jane

  # a server certificate, used by a client
  authn-lab sign certificate --ca client --common-name jane --usage server --out jane

  # a certificate for a further API server, expired
  authn-lab sign certificate --ca serving --not-before '$now-30d' --not-after '$now-1d' --out expired`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.sign(time.Now()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.ErrOrStderr(), "Wrote %s.crt and %s.key.\n", o.out, o.out)
			return err
		},
	}
	addDirFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.ca, "ca", caClient, "The signing CA: client, client-rebuilt, other, serving or front-proxy")
	flags.StringVar(&o.commonName, "common-name", "", "The common name, which is the user name")
	flags.StringArrayVar(&o.organizations, "organization", nil, "An organization, which is a group (repeatable)")
	flags.StringArrayVar(&o.usages, "usage", []string{"client"}, "An extended key usage: client, server or none (repeatable)")
	flags.StringVar(&o.notBefore, "not-before", "$now-1h", "The start of the validity: $now-1h, or RFC 3339")
	flags.StringVar(&o.notAfter, "not-after", "$now+365d", "The end of the validity: $now+365d, or RFC 3339")
	flags.StringVar(&o.out, "out", "client", "The PREFIX of the files PREFIX.crt and PREFIX.key")
	return cmd
}

func (o *certificateOptions) sign(now time.Time) error {
	template := &x509.Certificate{Subject: pkix.Name{CommonName: o.commonName, Organization: o.organizations}}
	for _, usage := range o.usages {
		switch usage {
		case "client":
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
		case "server":
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		case "none":
		default:
			return usagef("--usage must be client, server or none, got %q", usage)
		}
	}
	var err error
	if template.NotBefore, err = parseTime(o.notBefore, now); err != nil {
		return usagef("--not-before: %w", err)
	}
	if template.NotAfter, err = parseTime(o.notAfter, now); err != nil {
		return usagef("--not-after: %w", err)
	}
	switch o.ca {
	case caClient, caRebuilt, caOther, caProxy:
	case caServing:
		server := apiServerCertificate()
		server.NotBefore, server.NotAfter = template.NotBefore, template.NotAfter
		template = server
	default:
		return usagef("--ca must be client, client-rebuilt, other, serving or front-proxy, got %q", o.ca)
	}
	dir, err := newLabDir(o.dir)
	if err != nil {
		return err
	}
	ca, err := readPair(dir.caPrefix(o.ca))
	if err != nil {
		return err
	}
	made, err := ca.issue(template, now)
	if err != nil {
		return err
	}
	return made.write(o.out)
}

func parseTime(text string, now time.Time) (time.Time, error) {
	t, ok, err := relativeTime(text, now)
	if ok || err != nil {
		return t, err
	}
	return time.Parse(time.RFC3339, text)
}
