#include "shim.h"
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>

// Every thread that calls HDF5 would keep a heap of its own with what HDF5 leaves there, although
// one lock lets only one of them call.
__attribute__((constructor)) static void one_heap(void) { mallopt(M_ARENA_MAX, 1); }
#endif

// HDF5 refuses every file on a file system without locks. Ours need none: they appear under their
// names when they are complete, and the folder has a lock of its own. HDF5 asks when it starts.
__attribute__((constructor)) static void without_locks(void) {
	setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);
}

void rs_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

static void fill_type(hid_t type, rs_info *out) {
	out->type_class = (int)H5Tget_class(type);
	out->type_size = (int64_t)H5Tget_size(type);
	out->vlen_string = out->type_class == H5T_STRING && H5Tis_variable_str(type) > 0;
}

static int fill_space(hid_t space, rs_info *out) {
	hsize_t dims[H5S_MAX_RANK];
	if (H5Sget_simple_extent_type(space) == H5S_NULL) {
		out->rank = 1;
		out->dims[0] = 0;
		return 0;
	}
	int rank = H5Sget_simple_extent_ndims(space);
	if (rank < 0 || rank > RS_MAXRANK) {
		out->rank = -1;
		return rank < 0 ? -1 : 0;
	}
	out->rank = rank;
	if (rank > 0 && H5Sget_simple_extent_dims(space, dims, NULL) < 0) return -1;
	for (int i = 0; i < rank; i++) {
		if (dims[i] > (hsize_t)INT64_MAX) return -1;
		out->dims[i] = (int64_t)dims[i];
	}
	return 0;
}

static void fill_layout(hid_t d, rs_info *out) {
	hsize_t chunk[RS_MAXRANK];
	out->storage = (int64_t)H5Dget_storage_size(d);
	hid_t pl = H5Dget_create_plist(d);
	if (pl < 0) return;
	if (H5Pget_layout(pl) == H5D_CHUNKED && out->rank > 0 && H5Pget_chunk(pl, RS_MAXRANK, chunk) == out->rank) {
		out->chunked = 1;
		for (int i = 0; i < out->rank; i++) out->chunk[i] = (int64_t)chunk[i];
	}
	H5Pclose(pl);
}

int rs_stat(hid_t loc, const char *path, rs_info *out) {
	memset(out, 0, sizeof *out);
	hid_t o = H5Oopen(loc, path, H5P_DEFAULT);
	if (o < 0) return -1;
	int rc = 0;
	switch (H5Iget_type(o)) {
	case H5I_GROUP: out->kind = RS_GROUP; break;
	case H5I_DATASET: {
		out->kind = RS_DATASET;
		hid_t type = H5Dget_type(o), space = H5Dget_space(o);
		if (type < 0 || space < 0) rc = -1;
		else { fill_type(type, out); rc = fill_space(space, out); fill_layout(o, out); }
		if (type >= 0) H5Tclose(type);
		if (space >= 0) H5Sclose(space);
		break;
	}
	default: out->kind = RS_OTHER;
	}
	H5Oclose(o);
	return rc;
}

static int read_as(hid_t loc, const char *path, hid_t mem, void *out) {
	hid_t d = H5Dopen2(loc, path, H5P_DEFAULT);
	if (d < 0) return -1;
	int rc = H5Dread(d, mem, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0 ? -1 : 0;
	H5Dclose(d);
	return rc;
}

int rs_read_f64(hid_t loc, const char *path, double *out) { return read_as(loc, path, H5T_NATIVE_DOUBLE, out); }
int rs_read_i64(hid_t loc, const char *path, int64_t *out) { return read_as(loc, path, H5T_NATIVE_INT64, out); }
int rs_read_u8(hid_t loc, const char *path, uint8_t *out) { return read_as(loc, path, H5T_NATIVE_UINT8, out); }
int rs_read_refs(hid_t loc, const char *path, uint64_t *out) { return read_as(loc, path, H5T_STD_REF_OBJ, out); }

int rs_read_slab_f64(hid_t loc, const char *path, const int64_t *start, const int64_t *count, int rank, double *out) {
	hsize_t s[RS_MAXRANK], c[RS_MAXRANK];
	for (int i = 0; i < rank; i++) { s[i] = (hsize_t)start[i]; c[i] = (hsize_t)count[i]; }
	hid_t d = H5Dopen2(loc, path, H5P_DEFAULT);
	if (d < 0) return -1;
	int rc = -1;
	hid_t file = H5Dget_space(d), mem = H5Screate_simple(rank, c, NULL);
	if (file >= 0 && mem >= 0 && H5Sget_simple_extent_ndims(file) == rank &&
	    H5Sselect_hyperslab(file, H5S_SELECT_SET, s, NULL, c, NULL) >= 0 && H5Sselect_valid(file) > 0)
		rc = H5Dread(d, H5T_NATIVE_DOUBLE, mem, file, H5P_DEFAULT, out) < 0 ? -1 : 0;
	if (mem >= 0) H5Sclose(mem);
	if (file >= 0) H5Sclose(file);
	H5Dclose(d);
	return rc;
}

long rs_ref_name(hid_t loc, uint64_t ref, char *buf, size_t size) {
	hobj_ref_t r = (hobj_ref_t)ref;
	return (long)H5Rget_name(loc, H5R_OBJECT, &r, buf, size);
}

int rs_read_fixed(hid_t loc, const char *path, void *out) {
	hid_t d = H5Dopen2(loc, path, H5P_DEFAULT);
	if (d < 0) return -1;
	hid_t t = H5Dget_type(d);
	int rc = t < 0 || H5Dread(d, t, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0 ? -1 : 0;
	if (t >= 0) H5Tclose(t);
	H5Dclose(d);
	return rc;
}

int rs_make_vlen(hid_t t) {
	return H5Tset_size(t, H5T_VARIABLE) < 0 || H5Tset_cset(t, H5T_CSET_UTF8) < 0 ? -1 : 0;
}

static hid_t rs_vlen_type(void) {
	hid_t t = H5Tcopy(H5T_C_S1);
	return t < 0 || rs_make_vlen(t) < 0 ? -1 : t;
}

// The memory type keeps the file's character set: HDF5 does not convert between sets.
static hid_t vlen_like(hid_t filetype) {
	hid_t t = rs_vlen_type();
	if (t >= 0) H5Tset_cset(t, H5Tget_cset(filetype));
	return t;
}

int rs_read_vlen(hid_t loc, const char *path, char **out, int64_t n) {
	hid_t d = H5Dopen2(loc, path, H5P_DEFAULT);
	if (d < 0) return -1;
	hid_t ft = H5Dget_type(d), t = ft < 0 ? -1 : vlen_like(ft);
	int rc = t < 0 || H5Dread(d, t, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0 ? -1 : 0;
	if (t >= 0) H5Tclose(t);
	if (ft >= 0) H5Tclose(ft);
	H5Dclose(d);
	return rc;
}

int rs_free_vlen(char **p, int64_t n) {
	for (int64_t i = 0; i < n; i++) H5free_memory(p[i]);
	return 0;
}

int rs_write_vlen(hid_t dset, char **in) {
	hid_t t = rs_vlen_type();
	if (t < 0) return -1;
	int rc = H5Dwrite(dset, t, H5S_ALL, H5S_ALL, H5P_DEFAULT, in) < 0 ? -1 : 0;
	H5Tclose(t);
	return rc;
}

int rs_attr_stat(hid_t loc, const char *path, const char *name, rs_info *out) {
	memset(out, 0, sizeof *out);
	if (H5Aexists_by_name(loc, path, name, H5P_DEFAULT) <= 0) return 0;
	hid_t a = H5Aopen_by_name(loc, path, name, H5P_DEFAULT, H5P_DEFAULT);
	if (a < 0) return -1;
	int rc = -1;
	out->kind = RS_DATASET;
	hid_t type = H5Aget_type(a), space = H5Aget_space(a);
	if (type >= 0 && space >= 0) { fill_type(type, out); rc = fill_space(space, out); }
	if (type >= 0) H5Tclose(type);
	if (space >= 0) H5Sclose(space);
	H5Aclose(a);
	return rc;
}

static int attr_as(hid_t loc, const char *path, const char *name, hid_t mem, void *out) {
	hid_t a = H5Aopen_by_name(loc, path, name, H5P_DEFAULT, H5P_DEFAULT);
	if (a < 0) return -1;
	hid_t t = mem < 0 ? H5Aget_type(a) : mem;
	int rc = t < 0 || H5Aread(a, t, out) < 0 ? -1 : 0;
	if (mem < 0 && t >= 0) H5Tclose(t);
	H5Aclose(a);
	return rc;
}

int rs_attr_f64(hid_t loc, const char *path, const char *name, double *out) {
	return attr_as(loc, path, name, H5T_NATIVE_DOUBLE, out);
}
int rs_attr_fixed(hid_t loc, const char *path, const char *name, void *out) { return attr_as(loc, path, name, -1, out); }
char *rs_attr_vlen(hid_t loc, const char *path, const char *name) {
	char *s = NULL;
	if (attr_as(loc, path, name, -1, &s) < 0) return NULL;
	return s;
}

static int attr_write(hid_t loc, const char *path, const char *name, hid_t type, int64_t n, const void *v) {
	hsize_t dim = (hsize_t)n;
	hid_t space = n < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &dim, NULL);
	if (space < 0) return -1;
	int rc = -1;
	hid_t a = H5Acreate_by_name(loc, path, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	if (a >= 0) {
		rc = H5Awrite(a, type, v) < 0 ? -1 : 0;
		H5Aclose(a);
	}
	H5Sclose(space);
	return rc;
}

int rs_attr_write_str(hid_t loc, const char *path, const char *name, const char *value) {
	hid_t t = rs_vlen_type();
	if (t < 0) return -1;
	int rc = attr_write(loc, path, name, t, -1, &value);
	H5Tclose(t);
	return rc;
}
int rs_attr_write_f64(hid_t loc, const char *path, const char *name, const double *v, int64_t n) {
	return attr_write(loc, path, name, H5T_NATIVE_DOUBLE, n, v);
}
int rs_attr_write_i64(hid_t loc, const char *path, const char *name, int64_t v) {
	return attr_write(loc, path, name, H5T_NATIVE_INT64, -1, &v);
}

int rs_attr_write_bool(hid_t loc, const char *path, const char *name, int v) {
	int8_t no = 0, yes = 1, value = v != 0;
	hid_t t = H5Tenum_create(H5T_NATIVE_INT8);
	if (t < 0) return -1;
	int rc = -1;
	if (H5Tenum_insert(t, "FALSE", &no) >= 0 && H5Tenum_insert(t, "TRUE", &yes) >= 0)
		rc = attr_write(loc, path, name, t, -1, &value);
	H5Tclose(t);
	return rc;
}

int rs_attr_write_strs(hid_t loc, const char *path, const char *name, char **v, int64_t n) {
	hid_t t = rs_vlen_type();
	if (t < 0) return -1;
	int rc = attr_write(loc, path, name, t, n, v);
	H5Tclose(t);
	return rc;
}

int rs_attr_write_ref(hid_t loc, const char *path, const char *name, const char *target) {
	hobj_ref_t ref;
	if (H5Rcreate(&ref, loc, target, H5R_OBJECT, -1) < 0) return -1;
	return attr_write(loc, path, name, H5T_STD_REF_OBJ, -1, &ref);
}

int rs_write_text(hid_t loc, const char *path, const char *value) {
	int rc = -1;
	hid_t t = rs_vlen_type(), space = H5Screate(H5S_SCALAR);
	hid_t pl = H5Pcreate(H5P_DATASET_CREATE);
	hid_t d = t < 0 || space < 0 || pl < 0 || rs_no_times(pl) < 0
	              ? -1
	              : H5Dcreate2(loc, path, t, space, H5P_DEFAULT, pl, H5P_DEFAULT);
	if (pl >= 0) H5Pclose(pl);
	if (d >= 0) {
		rc = H5Dwrite(d, t, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0 ? -1 : 0;
		H5Dclose(d);
	}
	if (space >= 0) H5Sclose(space);
	if (t >= 0) H5Tclose(t);
	return rc;
}

int rs_make_scale(hid_t loc, const char *path, const char *name) {
	hid_t d = H5Dopen2(loc, path, H5P_DEFAULT);
	if (d < 0) return -1;
	int rc = H5DSset_scale(d, name) < 0 ? -1 : 0;
	H5Dclose(d);
	return rc;
}

int rs_attach_scale(hid_t loc, const char *path, int64_t dim, const char *scale) {
	hid_t d = H5Dopen2(loc, path, H5P_DEFAULT), s = H5Dopen2(loc, scale, H5P_DEFAULT);
	int rc = d < 0 || s < 0 || H5DSattach_scale(d, s, (unsigned)dim) < 0 ? -1 : 0;
	if (s >= 0) H5Dclose(s);
	if (d >= 0) H5Dclose(d);
	return rc;
}

int64_t rs_attr_count(hid_t loc, const char *path) {
	H5O_info_t info;
	if (H5Oget_info_by_name2(loc, path, &info, H5O_INFO_NUM_ATTRS, H5P_DEFAULT) < 0) return -1;
	return (int64_t)info.num_attrs;
}
long rs_attr_name(hid_t loc, const char *path, int64_t i, char *buf, size_t size) {
	return (long)H5Aget_name_by_idx(loc, path, H5_INDEX_NAME, H5_ITER_INC, (hsize_t)i, buf, size, H5P_DEFAULT);
}

int rs_filter(hid_t dcpl, int shuffle, int level) {
	if (shuffle && H5Pset_shuffle(dcpl) < 0) return -1;
	return H5Pset_deflate(dcpl, (unsigned)level) < 0 ? -1 : 0;
}

int rs_no_times(hid_t ocpl) { return H5Pset_obj_track_times(ocpl, 0) < 0 ? -1 : 0; }

// names gathers texts, each with a NUL after it.
typedef struct {
	char *text;
	size_t used, size;
} names;

static herr_t add_name(hid_t g, const char *name, const H5L_info_t *info, void *into) {
	names *n = into;
	size_t more = strlen(name) + 1;
	(void)g, (void)info;
	if (n->used + more > n->size) {
		size_t size = 2 * n->size + more;
		char *text = realloc(n->text, size);
		if (!text) return -1;
		n->text = text;
		n->size = size;
	}
	memcpy(n->text + n->used, name, more);
	n->used += more;
	return 0;
}

// rs_names returns the names of a group's members, each with a NUL after it, which the caller
// frees; NULL if they cannot be listed. One walk: asking for the i-th name is one of its own.
char *rs_names(hid_t loc, const char *path, int64_t *bytes) {
	names n = {malloc(64), 0, 64};
	hid_t g = n.text ? H5Gopen2(loc, path, H5P_DEFAULT) : -1;
	herr_t rc = g < 0 ? -1 : H5Literate(g, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_name, &n);
	if (g >= 0) H5Gclose(g);
	if (rc < 0) {
		free(n.text);
		return NULL;
	}
	*bytes = (int64_t)n.used;
	return n.text;
}

// rs_copy copies a group with everything below it into a new group of another file.
int rs_copy(hid_t src, const char *from, hid_t dst, const char *to) {
	return H5Ocopy(src, from, dst, to, H5P_DEFAULT, H5P_DEFAULT) < 0 ? -1 : 0;
}
