package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/run/version"
)

func (a *app) version() *cobra.Command {
	var cite bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Version of the program, and how to cite it",
		Args:  exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			return a.report(map[string]string{"version": version.String(), "go": runtime.Version(),
				"citation": version.Citation}, func(w io.Writer) {
				if cite {
					fmt.Fprintln(w, version.Citation)
					return
				}
				fmt.Fprintf(w, "renshaw %s (%s)\n", version.String(), runtime.Version())
			})
		},
	}
	cmd.Flags().BoolVar(&cite, "cite", false, "print how to cite the program")
	return cmd
}
