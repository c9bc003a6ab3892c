/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/gguf/gguf-private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static NnGguf *
gguf_new (const char *path)
{
  NnGguf *gguf = g_new0 (NnGguf, 1);

  g_atomic_ref_count_init (&gguf->ref_count);
  gguf->path = g_filename_display_name (path);
  gguf->strings = g_string_chunk_new (4096);
  gguf->value_index = g_hash_table_new (g_str_hash, g_str_equal);
  gguf->tensor_index = g_hash_table_new (g_str_hash, g_str_equal);
  return gguf;
}

NnGguf *
nn_gguf_ref (NnGguf *gguf)
{
  g_atomic_ref_count_inc (&gguf->ref_count);
  return gguf;
}

void
nn_gguf_unref (NnGguf *gguf)
{
  if (gguf == NULL || !g_atomic_ref_count_dec (&gguf->ref_count))
    return;
  /* The entry after the last one counted may be half read: all are zero at first. */
  for (size_t i = 0; gguf->values != NULL && gguf->values[i].key != NULL; i++)
    if (gguf->values[i].is_array)
      g_free (gguf->values[i].array);
  g_free (gguf->values);
  g_free (gguf->tensors);
  g_hash_table_unref (gguf->value_index);
  g_hash_table_unref (gguf->tensor_index);
  g_string_chunk_free (gguf->strings);
  if (gguf->bytes != NULL)
    g_bytes_unref (gguf->bytes);
  else if (gguf->data != NULL)
    munmap ((void *) gguf->data, gguf->n_bytes);
  g_free (gguf->path);
  g_free (gguf);
}

static gboolean
map_file (NnGguf *gguf, int fd, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0) {
    g_set_error (error, NN_ERROR, NN_ERROR_IO, "%s: %s", gguf->path, g_strerror (errno));
    return FALSE;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, NN_ERROR, NN_ERROR_IO, "%s: not a regular file", gguf->path);
    return FALSE;
  }
  if (status.st_size == 0) {
    g_set_error (error, NN_ERROR, NN_ERROR_FORMAT, "%s: the file is empty", gguf->path);
    return FALSE;
  }
  void *data = mmap (NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) {
    g_set_error (error, NN_ERROR, NN_ERROR_IO, "%s: cannot be mapped: %s", gguf->path,
                 g_strerror (errno));
    return FALSE;
  }
  gguf->data = data;
  gguf->n_bytes = (size_t) status.st_size;
  return TRUE;
}

NnGguf *
nn_gguf_open (const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = gguf_new (path);
  /* Not blocking, so that a pipe is refused and not waited for. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0) {
    g_set_error (error, NN_ERROR, NN_ERROR_IO, "%s: %s", gguf->path, g_strerror (errno));
    return NULL;
  }
  gboolean is_mapped = map_file (gguf, fd, error);
  close (fd);
  if (!is_mapped || !nn_gguf_parse (gguf, error))
    return NULL;
  return g_steal_pointer (&gguf);
}

NnGguf *
nn_gguf_new_from_bytes (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (NnGguf) gguf = gguf_new (name);
  gconstpointer data = g_bytes_get_data (bytes, &gguf->n_bytes);

  /* Tensors must be aligned in memory as they are in the file. */
  if ((uintptr_t) data % 16 != 0)
    gguf->bytes = g_bytes_new (data, gguf->n_bytes);
  else
    gguf->bytes = g_bytes_ref (bytes);
  gguf->data = g_bytes_get_data (gguf->bytes, NULL);
  if (gguf->n_bytes == 0) {
    g_set_error (error, NN_ERROR, NN_ERROR_FORMAT, "%s: the file is empty", gguf->path);
    return NULL;
  }
  if (!nn_gguf_parse (gguf, error))
    return NULL;
  return g_steal_pointer (&gguf);
}

const char *
nn_gguf_get_path (const NnGguf *gguf)
{
  return gguf->path;
}

uint64_t
nn_gguf_get_n_bytes (const NnGguf *gguf)
{
  return gguf->n_bytes;
}

char *
nn_gguf_get_fingerprint (const NnGguf *gguf)
{
  enum { BEGINNING = 64 * 1024, STRETCH = 1024, N_STRETCHES = 256 };
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const guint64 n_bytes = GUINT64_TO_LE ((guint64) gguf->n_bytes);

  g_checksum_update (sum, (const guchar *) &n_bytes, sizeof n_bytes);
  g_checksum_update (sum, gguf->data, (gssize) MIN (gguf->n_bytes, BEGINNING));
  for (size_t i = 0; i < N_STRETCHES && gguf->n_bytes > STRETCH; i++)
    g_checksum_update (sum, gguf->data + (gguf->n_bytes - STRETCH) / N_STRETCHES * i, STRETCH);
  return g_strdup (g_checksum_get_string (sum));
}

void
nn_gguf_release_pages (const NnGguf *gguf, const NnTensor *tensor)
{
  uintptr_t page = (uintptr_t) sysconf (_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t) tensor->data + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t) tensor->data + tensor->n_bytes) & ~(page - 1);

  if (gguf->bytes == NULL && first < end)
    madvise ((void *) first, end - first, MADV_DONTNEED);
}

/* What a value is, for messages. */
static const char *
value_kind (const NnGgufValue *value)
{
  switch (value->type) {
  case NN_GGUF_STRING:
    return value->is_array ? "an array of strings" : "a string";
  case NN_GGUF_F32:
  case NN_GGUF_F64:
    return value->is_array ? "an array of numbers" : "a number";
  case NN_GGUF_BOOL:
    return value->is_array ? "an array of booleans" : "a boolean";
  default:
    return value->is_array ? "an array of integers" : "an integer";
  }
}

static gboolean
is_integer (NnGgufValueType type)
{
  return type != NN_GGUF_F32 && type != NN_GGUF_F64 && type != NN_GGUF_STRING
         && type != NN_GGUF_BOOL;
}

static const NnGgufValue *
find_value (const NnGguf *gguf, const char *key, GError **error)
{
  const NnGgufValue *value = g_hash_table_lookup (gguf->value_index, key);

  if (value == NULL)
    g_set_error (error, NN_ERROR, NN_ERROR_MISSING, "%s: the key '%s' is missing", gguf->path, key);
  return value;
}

/* An error that the value is of another kind than expected. */
static void
set_kind_error (const NnGguf *gguf, const NnGgufValue *value, const char *expected, GError **error)
{
  g_set_error (error, NN_ERROR, NN_ERROR_FORMAT, "%s: key '%s': expected %s, found %s", gguf->path,
               value->key, expected, value_kind (value));
}

gboolean
nn_gguf_has_key (const NnGguf *gguf, const char *key)
{
  return g_hash_table_contains (gguf->value_index, key);
}

gboolean
nn_gguf_get_int (const NnGguf *gguf, const char *key, int64_t *value, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return FALSE;
  if (found->is_array || !is_integer (found->type)) {
    set_kind_error (gguf, found, "an integer", error);
    return FALSE;
  }
  if (!found->fits) {
    g_set_error (error, NN_ERROR, NN_ERROR_FORMAT, "%s: key '%s': %" G_GUINT64_FORMAT " is too big",
                 gguf->path, key, (uint64_t) found->integer);
    return FALSE;
  }
  *value = found->integer;
  return TRUE;
}

gboolean
nn_gguf_get_double (const NnGguf *gguf, const char *key, double *value, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return FALSE;
  if (found->is_array || (found->type != NN_GGUF_F32 && found->type != NN_GGUF_F64)) {
    set_kind_error (gguf, found, "a number", error);
    return FALSE;
  }
  *value = found->number;
  return TRUE;
}

gboolean
nn_gguf_get_boolean (const NnGguf *gguf, const char *key, gboolean *value, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return FALSE;
  if (found->is_array || found->type != NN_GGUF_BOOL) {
    set_kind_error (gguf, found, "a boolean", error);
    return FALSE;
  }
  *value = found->boolean;
  return TRUE;
}

const char *
nn_gguf_get_string (const NnGguf *gguf, const char *key, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return NULL;
  if (found->is_array || found->type != NN_GGUF_STRING) {
    set_kind_error (gguf, found, "a string", error);
    return NULL;
  }
  /* g_utf8_validate() refuses a NUL inside, too. */
  if (!g_utf8_validate (found->string.data, (gssize) found->string.length, NULL)) {
    g_set_error (error, NN_ERROR, NN_ERROR_FORMAT, "%s: key '%s': the string is not UTF-8 text",
                 gguf->path, key);
    return NULL;
  }
  return found->string.data;
}

const NnGgufString *
nn_gguf_get_strings (const NnGguf *gguf, const char *key, size_t *n, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return NULL;
  if (!found->is_array || found->type != NN_GGUF_STRING) {
    set_kind_error (gguf, found, "an array of strings", error);
    return NULL;
  }
  *n = found->n;
  return found->strings;
}

const float *
nn_gguf_get_floats (const NnGguf *gguf, const char *key, size_t *n, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return NULL;
  if (!found->is_array || (found->type != NN_GGUF_F32 && found->type != NN_GGUF_F64)) {
    set_kind_error (gguf, found, "an array of numbers", error);
    return NULL;
  }
  *n = found->n;
  return found->floats;
}

const int32_t *
nn_gguf_get_ints (const NnGguf *gguf, const char *key, size_t *n, GError **error)
{
  const NnGgufValue *found = find_value (gguf, key, error);

  if (found == NULL)
    return NULL;
  if (!found->is_array || (!is_integer (found->type) && found->type != NN_GGUF_BOOL)) {
    set_kind_error (gguf, found, "an array of integers", error);
    return NULL;
  }
  if (!found->fits) {
    g_set_error (error, NN_ERROR, NN_ERROR_FORMAT,
                 "%s: key '%s': an integer does not fit in 32 bits", gguf->path, key);
    return NULL;
  }
  *n = found->n;
  return found->ints;
}

size_t
nn_gguf_get_n_tensors (const NnGguf *gguf)
{
  return gguf->n_tensors;
}

const NnTensor *
nn_gguf_get_tensor (const NnGguf *gguf, size_t index)
{
  g_assert (index < gguf->n_tensors);
  return &gguf->tensors[index];
}

const NnTensor *
nn_gguf_find (const NnGguf *gguf, const char *name)
{
  return g_hash_table_lookup (gguf->tensor_index, name);
}

static char *
format_dims (int n_dims, const int64_t *dims)
{
  GString *text = g_string_new ("[");

  for (int i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", dims[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

const NnTensor *
nn_gguf_require (const NnGguf *gguf, const char *name, int n_dims, const int64_t *dims,
                 GError **error)
{
  const NnTensor *tensor = nn_gguf_find (gguf, name);

  if (tensor == NULL) {
    g_set_error (error, NN_ERROR, NN_ERROR_MISSING, "%s: the tensor '%s' is missing", gguf->path,
                 name);
    return NULL;
  }
  if (tensor->n_dims != n_dims
      || memcmp (tensor->dims, dims, (size_t) n_dims * sizeof *dims) != 0) {
    g_autofree char *expected = format_dims (n_dims, dims);
    g_autofree char *found = format_dims (tensor->n_dims, tensor->dims);

    g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                 "%s: tensor '%s': expected dimensions %s, found %s", gguf->path, name, expected,
                 found);
    return NULL;
  }
  return tensor;
}

const NnTensor *
nn_gguf_require_floats (const NnGguf *gguf, const char *name, int n_dims, const int64_t *dims,
                        GError **error)
{
  const NnTensor *tensor = nn_gguf_require (gguf, name, n_dims, dims, error);
  const float *values;

  if (tensor == NULL)
    return NULL;
  if (tensor->type != NN_TYPE_F32) {
    g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "%s: tensor '%s' is %s, expected F32", gguf->path,
                 name, nn_type_info (tensor->type)->name);
    return NULL;
  }
  values = tensor->data;
  for (size_t i = 0; i < tensor->n_bytes / sizeof *values; i++)
    if (!isfinite (values[i])) {
      g_set_error (error, NN_ERROR, NN_ERROR_FORMAT,
                   "%s: tensor '%s' holds a value that is not finite", gguf->path, name);
      return NULL;
    }
  return tensor;
}
