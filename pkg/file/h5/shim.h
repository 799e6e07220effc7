// Small C layer beside gonum.org/v1/hdf5 for what that package cannot do:
// object references, variable-length strings, reading with conversion to a
// wanted number type, storage and chunk information.
#ifndef RENSHAW_H5_SHIM_H
#define RENSHAW_H5_SHIM_H

#include <hdf5.h>
#include <stdint.h>

enum { RS_NONE = 0, RS_GROUP = 1, RS_DATASET = 2, RS_OTHER = 3 };
enum { RS_MAXRANK = 8 };

typedef struct {
	int kind;            // RS_NONE, RS_GROUP, RS_DATASET, RS_OTHER
	int type_class;      // H5T_class_t
	int64_t type_size;   // bytes of one element
	int vlen_string;     // 1: variable-length string
	int rank;            // 0 for a scalar, -1 if above RS_MAXRANK
	int64_t dims[RS_MAXRANK];
	int chunked;
	int64_t chunk[RS_MAXRANK];
	int64_t storage;     // bytes allocated in the file
} rs_info;

void rs_quiet(void);
int rs_stat(hid_t loc, const char *path, rs_info *out);
int rs_read_f64(hid_t loc, const char *path, double *out);
int rs_read_i64(hid_t loc, const char *path, int64_t *out);
int rs_read_u8(hid_t loc, const char *path, uint8_t *out);
int rs_read_slab_f64(hid_t loc, const char *path, const int64_t *start, const int64_t *count, int rank, double *out);
int rs_read_refs(hid_t loc, const char *path, uint64_t *out);
long rs_ref_name(hid_t loc, uint64_t ref, char *buf, size_t size);
int rs_read_fixed(hid_t loc, const char *path, void *out);
int rs_read_vlen(hid_t loc, const char *path, char **out, int64_t n);
int rs_write_vlen(hid_t dset, char **in);
int rs_free_vlen(char **p, int64_t n);

int rs_attr_stat(hid_t loc, const char *path, const char *name, rs_info *out);
int rs_attr_f64(hid_t loc, const char *path, const char *name, double *out);
int rs_attr_fixed(hid_t loc, const char *path, const char *name, void *out);
char *rs_attr_vlen(hid_t loc, const char *path, const char *name);
int rs_attr_write_str(hid_t loc, const char *path, const char *name, const char *value);
int rs_attr_write_f64(hid_t loc, const char *path, const char *name, const double *v, int64_t n);
int rs_attr_write_i64(hid_t loc, const char *path, const char *name, int64_t v);
int rs_attr_write_bool(hid_t loc, const char *path, const char *name, int v);
int rs_attr_write_strs(hid_t loc, const char *path, const char *name, char **v, int64_t n);
int rs_attr_write_ref(hid_t loc, const char *path, const char *name, const char *target);
int rs_write_text(hid_t loc, const char *path, const char *value);
int rs_make_scale(hid_t loc, const char *path, const char *name);
int rs_attach_scale(hid_t loc, const char *path, int64_t dim, const char *scale);
int64_t rs_attr_count(hid_t loc, const char *path);
long rs_attr_name(hid_t loc, const char *path, int64_t i, char *buf, size_t size);

char *rs_names(hid_t loc, const char *path, int64_t *bytes);
int rs_copy(hid_t src, const char *from, hid_t dst, const char *to);
int rs_make_vlen(hid_t type);
int rs_filter(hid_t dcpl, int shuffle, int level);
int rs_no_times(hid_t ocpl);

#endif
