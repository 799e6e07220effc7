package h5

// #include "shim.h"
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A pack holds many small files as groups of one, so that a million of them are no million
// files. The address of a part is PACK.h5/PART/NAME.h5: the group is PART, and NAME.h5 is what the
// part would be called as a file in a folder PART. Open reads it and Create writes it as any file.
// New parts wait as files of their own, in the hidden folder .PACK.h5.parts, until Merge joins
// them: a pack appears whole or not at all.

// packAttr marks a pack.
const packAttr = "pack"

// SplitAddress divides the address of a part into pack and part; ok is false for the path of an
// ordinary file.
func SplitAddress(path string) (pack, part string, ok bool) {
	dir := filepath.Dir(path)
	pack, part = filepath.Dir(dir), filepath.Base(dir)
	if filepath.Ext(pack) != ".h5" || filepath.Ext(path) != ".h5" {
		return "", "", false
	}
	st, err := os.Stat(pack)
	return pack, part, err != nil || !st.IsDir()
}

// waiting is the folder of the parts that are not merged.
func waiting(pack string) string {
	return filepath.Join(filepath.Dir(pack), "."+filepath.Base(pack)+".parts")
}

// fileOf is the file that an address is written to, or a path itself.
func fileOf(path string) string {
	pack, part, ok := SplitAddress(path)
	if !ok {
		return path
	}
	return filepath.Join(waiting(pack), part+".h5")
}

// Exists reports whether a file, or a part of a pack, is there. What cannot be looked at is an
// error.
func Exists(path string) (bool, error) {
	_, err := os.Stat(fileOf(path))
	pack, part, ok := SplitAddress(path)
	if err == nil || !ok || !errors.Is(err, fs.ErrNotExist) {
		return err == nil, existing(err)
	}
	if _, err := os.Stat(pack); err != nil {
		return false, existing(err)
	}
	f, err := Open(pack)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return f.Has("/" + part), nil
}

// existing is an error but for what is not there.
func existing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Remove removes a file, or a part that is not merged; a missing one is no error.
func Remove(path string) error {
	return existing(os.Remove(fileOf(path)))
}

// IsPack reports whether a file is a pack.
func IsPack(path string) bool {
	f, err := Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.HasAttr("/", packAttr)
}

// Parts lists the parts of a pack, merged (the first numbers of them) and waiting, each kind in
// order of the numbers in their names. Neither needs to be there.
func Parts(pack string) (merged, pending []string, err error) {
	if _, err := os.Stat(pack); err == nil {
		f, err := Open(pack)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		if !f.HasAttr("/", packAttr) {
			return nil, nil, fmt.Errorf("h5: %s: holds no parts; it is a file of another kind", pack)
		}
		if merged, err = f.List("/"); err != nil {
			return nil, nil, err
		}
	}
	entries, err := os.ReadDir(waiting(pack))
	if existing(err) != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".h5"); ok && name[0] != '.' {
			pending = append(pending, name)
		}
	}
	slices.SortFunc(merged, byNumber)
	slices.SortFunc(pending, byNumber)
	return merged, pending, nil
}

// byNumber puts shorter names first, so that names which differ in a number stand in its order.
func byNumber(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) }

// Addresses are those of the merged parts of a pack, which are called name as files.
func Addresses(pack, name string) ([]string, error) {
	merged, _, err := Parts(pack)
	for i, part := range merged {
		merged[i] = filepath.Join(pack, part, name)
	}
	return merged, err
}

// Merge joins the waiting parts to those of the pack; one that is there already is replaced, and
// drop names parts to leave out. Every part is compared with its checksum on the way; one that
// differs is an error that names it, and the pack stays as it was. changed tells whether there was
// anything to do.
func Merge(pack string, drop ...string) (changed bool, err error) {
	merged, pending, err := Parts(pack)
	if err != nil || len(pending)+len(drop) == 0 {
		return false, err
	}
	return true, merge(pack, merged, pending, drop)
}

func merge(pack string, merged, pending, drop []string) error {
	gone := map[string]bool{}
	for _, name := range slices.Concat(pending, drop) {
		gone[name] = true
	}
	merged = slices.DeleteFunc(merged, func(name string) bool { return gone[name] })
	fresh := map[string]bool{}
	for _, name := range pending {
		fresh[name] = true
	}
	w, err := Create(pack)
	if err != nil {
		return err
	}
	defer w.Abort()
	w.Attr("/", packAttr, 1)
	var old *File
	if len(merged) > 0 {
		if old, err = Open(pack); err != nil {
			return err
		}
		defer old.Close()
	}
	names := slices.Concat(merged, pending)
	slices.SortFunc(names, byNumber)
	for _, name := range names {
		err := w.adopt(name, old, pack, fresh[name])
		if err != nil {
			return err
		}
	}
	if old != nil {
		old.Close()
	}
	if err := w.Commit(); err != nil {
		return err
	}
	return os.RemoveAll(waiting(pack))
}

// adopt copies a part, from the pack as it was or from its own file.
func (f *File) adopt(name string, old *File, pack string, fresh bool) error {
	view := &File{path: filepath.Join(pack, name)}
	if fresh {
		var err error
		if view, err = Open(filepath.Join(waiting(pack), name+".h5")); err != nil {
			return err
		}
		defer view.Close()
	} else {
		view.f = old.f
		if err := view.enter("/" + name); err != nil {
			return err
		}
		defer view.leave()
	}
	sums, err := view.verify()
	if err != nil {
		return err
	}
	for path, s := range sums {
		f.sums["/"+name+path] = s
	}
	defer locked()()
	from, free := cstr(view.at("/"))
	defer free()
	to, freeTo := cstr("/" + name)
	defer freeTo()
	if C.rs_copy(view.id(), from, f.id(), to) < 0 {
		return f.fail("/"+name, "cannot be copied (disk full?)")
	}
	return nil
}

// leave closes the part, not the file.
func (f *File) leave() {
	defer locked()()
	f.part.Close()
}
