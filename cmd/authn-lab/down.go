package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func newDownCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop a lab and remove its folder",
		Long: `Stop a lab and remove its folder. Without a lab, the command does nothing. A folder that does not belong to a lab is an
error and is not removed.`,
		Example: `  authn-lab down`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := newLabDir(path)
			if err != nil {
				return err
			}
			return dir.down(cmd.ErrOrStderr())
		},
	}
	addDirFlag(cmd, &path)
	return cmd
}

func (d labDir) down(stderr io.Writer) error {
	switch _, err := d.readState(); {
	case errors.Is(err, errNoLab):
		fmt.Fprintf(stderr, "There is no lab in %s.\n", d)
		return nil
	case err != nil:
		return err
	}

	began := time.Now()
	asked := 0 // the process that got the signal to stop
	lock, err := d.lock()
	for ; errors.Is(err, errRunning); lock, err = d.lock() {
		// The state is read again each time, because a lab that starts writes its process ID shortly after it takes the lock.
		s, err := d.readState()
		switch waited := time.Since(began); {
		case waited > 4*stopGrace:
			return fmt.Errorf("the lab in %s does not stop", d)
		case err != nil || s.PID <= 0:
		case s.PID != asked:
			asked = s.PID
			_ = syscall.Kill(s.PID, syscall.SIGTERM)
		case waited > 2*stopGrace:
			_ = syscall.Kill(s.PID, syscall.SIGKILL) // its API server ends with it
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := os.RemoveAll(string(d)); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "The lab in %s is gone.\n", d)
	return nil
}

func newStatusCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show whether a lab is up",
		Long:  `Show whether the lab is up, and the address of its API server. The exit status is 0 if the lab is up, and 1 otherwise.`,
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := newLabDir(path)
			if err != nil {
				return err
			}
			return dir.status(cmd.OutOrStdout())
		},
	}
	addDirFlag(cmd, &path)
	return cmd
}

func (d labDir) status(stdout io.Writer) error {
	s, err := d.readState()
	if errors.Is(err, errNoLab) {
		fmt.Fprintf(stdout, "There is no lab in %s.\n", d)
		return silentError{}
	}
	if err != nil {
		return err
	}
	running, err := d.running()
	if err != nil {
		return err
	}
	switch {
	case running && s.Phase == phaseReady:
		fmt.Fprintf(stdout, "The lab in %s is up since %s.\nserver      %s\nversion     %s\nissuer      %s\nkubeconfig  %s\nprocess     %d\n",
			d, s.Started.Format(time.RFC3339), s.Server, s.Kubernetes, s.Issuer, d.adminKubeconfig(), s.PID)
		return nil
	case running:
		fmt.Fprintf(stdout, "The lab in %s is %s: %s.\n", d, s.Phase, s.Doing)
	case s.Error != "":
		fmt.Fprintf(stdout, "The lab in %s failed: %s.\n", d, s.Error)
	default:
		fmt.Fprintf(stdout, "The lab in %s is not running.\n", d)
	}
	return silentError{}
}
