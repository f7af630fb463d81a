package main

import (
	"os"
	"os/exec"
	"syscall"
)

// inside has a program run with a folder as its root file system, as a user of that number. In a user namespace of its own
// anybody may do so; there the number stands for the user who runs this.
func inside(cmd *exec.Cmd, root string, user int) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getgid(), Size: 1}},
		Chroot:      root,
	}
	return nil
}
