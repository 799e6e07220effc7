package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/file/atomicfile"
)

// A writer that fails leaves the former file as it was.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notes.txt")
	write := func(text string, fault error) error {
		return atomicfile.Write(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			return fault
		})
	}
	fmt.Println(write("first", nil))
	fmt.Println(write("half of the sec", errors.New("disk full")) != nil)
	text, _ := os.ReadFile(path)
	fmt.Printf("%s\n", text)
	// Output:
	// <nil>
	// true
	// first
}
