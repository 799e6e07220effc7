package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/run/version"
)

// check is one line of the doctor's report.
type check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Needed  bool   `json:"needed"` // a failure is a failure of the doctor
	Message string `json:"message"`
}

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the installation and say what to do about what is missing",
		Args:  exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			checks := diagnose()
			if err := a.report(map[string]any{"checks": checks}, func(w io.Writer) {
				for _, c := range checks {
					mark := "ok     "
					if !c.OK {
						mark = map[bool]string{true: "FAILED ", false: "missing"}[c.Needed]
					}
					fmt.Fprintf(w, "%s  %-16s %s\n", mark, c.Name, c.Message)
				}
			}); err != nil {
				return err
			}
			for _, c := range checks {
				if !c.OK && c.Needed {
					return errors.New("a part that is needed does not work; see above")
				}
			}
			return nil
		},
	}
}

func diagnose() []check {
	return []check{
		{"program", true, true, fmt.Sprintf("renshaw %s, %s, %s/%s, %d processors", version.String(),
			runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())},
		checkHDF5(),
		checkTool("go", "needed by notebooks and to build from source: install Go 1.26 or later"),
		checkPath("kernel", "bin/gonb", "the notebook kernel; run make setup in the checkout"),
		checkPath("goimports", "bin/goimports", "used by the notebook kernel; run make setup in the "+
			"checkout"),
		checkPath("jupyter", ".venv/bin/jupyter", "run make setup in the checkout"),
		checkTool("h5dump", "optional: looks into .h5 files (package hdf5-tools)"),
	}
}

// checkHDF5 writes a file, reads it here and through the process that reads foreign
// MATLAB 7.3 files.
func checkHDF5() check {
	c := check{Name: "hdf5", Needed: true}
	dir, err := os.MkdirTemp("", "renshaw-doctor")
	if err != nil {
		c.Message = "no temporary folder can be written: " + err.Error() + "; set TMPDIR"
		return c
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.h5")
	w, err := h5.Create(path)
	if err == nil {
		w.PutFloat64s("/x", []float64{1, 2, 3})
		err = w.Commit()
	}
	if err == nil {
		err = h5.Verify(path)
	}
	if err == nil {
		err = readInChild(path)
	}
	if c.OK = err == nil; !c.OK {
		c.Message = err.Error()
		return c
	}
	c.Message = "HDF5 " + h5.LibraryVersion() + " writes and reads, also in the process for " +
		"foreign files"
	return c
}

func readInChild(path string) error {
	f, err := matfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Get("x")
	return err
}

func checkTool(name, hint string) check {
	path, err := exec.LookPath(name)
	if err != nil {
		return check{name, false, false, hint}
	}
	return check{name, true, false, path}
}

// checkPath looks for a file of the checkout that the program lies in.
func checkPath(name, rel, hint string) check {
	root := os.Getenv("RENSHAW_ROOT")
	if root == "" {
		if exe, err := os.Executable(); err == nil {
			root = strings.TrimSuffix(filepath.Dir(exe), string(filepath.Separator)+"bin")
		}
	}
	path := filepath.Join(root, rel)
	if _, err := os.Stat(path); err != nil {
		return check{name, false, false, hint}
	}
	return check{name, true, false, path}
}
