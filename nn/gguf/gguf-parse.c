/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The directory of a GGUF file. Nothing read from the file is used as a size, a count or an offset
 * before it has been compared with the bytes that are there. */

#include "nn/gguf/gguf-private.h"

#include <string.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "GGUF files are little-endian and are read in place"
#endif

/* Far above any real model, and low enough that no count makes us allocate more than a small
 * multiple of the file. */
#define MAX_VALUES 65536
#define MAX_TENSORS 262144
#define MAX_ARRAY (1u << 26)
#define MAX_NAME 512
#define MAX_ALIGNMENT 65536
#define DEFAULT_ALIGNMENT 32

#define MIN_VALUE_BYTES (8 + 1 + 4 + 1)          /* key of one letter, type, value */
#define MIN_TENSOR_BYTES (8 + 1 + 4 + 8 + 4 + 8) /* name, n_dims, one dim, type, offset */

typedef struct {
  NnGguf *gguf;
  size_t pos;
  char where[MAX_NAME + 64]; /* for messages: the entry that is being read */
} Reader;

static const size_t value_bytes[NN_GGUF_N_TYPES] = {
  [NN_GGUF_U8] = 1,  [NN_GGUF_I8] = 1,  [NN_GGUF_U16] = 2,    [NN_GGUF_I16] = 2,
  [NN_GGUF_U32] = 4, [NN_GGUF_I32] = 4, [NN_GGUF_F32] = 4,    [NN_GGUF_BOOL] = 1,
  [NN_GGUF_U64] = 8, [NN_GGUF_I64] = 8, [NN_GGUF_STRING] = 8, /* at the least: its length */
  [NN_GGUF_F64] = 8,
};

static gboolean fail (const Reader *reader, int code, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (const Reader *reader, int code, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, NN_ERROR, code, "%s: %s: %s", reader->gguf->path, reader->where, what);
  return FALSE;
}

/* The next n bytes, NULL if the file ends before. */
static const uint8_t *
take (Reader *reader, uint64_t n, GError **error)
{
  const uint8_t *data = reader->gguf->data + reader->pos;
  size_t left = reader->gguf->n_bytes - reader->pos;

  if (n > left) {
    fail (reader, NN_ERROR_FORMAT, error,
          "the file is truncated: %" G_GUINT64_FORMAT " bytes expected at offset %zu, %zu found", n,
          reader->pos, left);
    return NULL;
  }
  reader->pos += (size_t) n;
  return data;
}

static gboolean
take_u32 (Reader *reader, uint32_t *value, GError **error)
{
  const uint8_t *data = take (reader, sizeof *value, error);

  if (data == NULL)
    return FALSE;
  memcpy (value, data, sizeof *value);
  return TRUE;
}

static gboolean
take_u64 (Reader *reader, uint64_t *value, GError **error)
{
  const uint8_t *data = take (reader, sizeof *value, error);

  if (data == NULL)
    return FALSE;
  memcpy (value, data, sizeof *value);
  return TRUE;
}

static gboolean
take_string (Reader *reader, NnGgufString *string, GError **error)
{
  uint64_t length;

  if (!take_u64 (reader, &length, error))
    return FALSE;
  string->data = (const char *) take (reader, length, error);
  string->length = (size_t) length;
  return string->data != NULL;
}

/* A key or a tensor's name: text that may be printed in a message of one line. */
static const char *
take_name (Reader *reader, GError **error)
{
  NnGgufString name;

  if (!take_string (reader, &name, error))
    return NULL;
  if (name.length == 0 || name.length > MAX_NAME) {
    fail (reader, NN_ERROR_FORMAT, error, "a name has %zu bytes, expected 1 to %d", name.length,
          MAX_NAME);
    return NULL;
  }
  gboolean is_text = g_utf8_validate (name.data, (gssize) name.length, NULL);
  for (size_t i = 0; i < name.length && is_text; i++)
    is_text = (unsigned char) name.data[i] >= 32 && name.data[i] != 127;
  if (!is_text) {
    fail (reader, NN_ERROR_FORMAT, error, "a name is not printable UTF-8");
    return NULL;
  }
  return g_string_chunk_insert_len (reader->gguf->strings, name.data, (gssize) name.length);
}

static int64_t
read_integer (NnGgufValueType type, const uint8_t *data, gboolean *fits)
{
  uint64_t wide = 0;

  *fits = TRUE;
  memcpy (&wide, data, value_bytes[type]);
  switch (type) {
  case NN_GGUF_I8:
    return (int8_t) wide;
  case NN_GGUF_I16:
    return (int16_t) wide;
  case NN_GGUF_I32:
    return (int32_t) wide;
  case NN_GGUF_U64:
    *fits = wide <= G_MAXINT64;
    return (int64_t) wide;
  default:
    return (int64_t) wide;
  }
}

static double
read_number (NnGgufValueType type, const uint8_t *data)
{
  double number;
  float single;

  if (type == NN_GGUF_F64) {
    memcpy (&number, data, sizeof number);
    return number;
  }
  memcpy (&single, data, sizeof single);
  return single;
}

static gboolean
parse_scalar (Reader *reader, NnGgufValue *value, GError **error)
{
  if (value->type == NN_GGUF_STRING) {
    NnGgufString string;

    if (!take_string (reader, &string, error))
      return FALSE;
    value->string.data =
        g_string_chunk_insert_len (reader->gguf->strings, string.data, (gssize) string.length);
    value->string.length = string.length;
    return TRUE;
  }
  const uint8_t *data = take (reader, value_bytes[value->type], error);
  if (data == NULL)
    return FALSE;
  if (value->type == NN_GGUF_BOOL) {
    if (*data > 1)
      return fail (reader, NN_ERROR_FORMAT, error, "a boolean is %d, expected 0 or 1", *data);
    value->boolean = *data;
  } else if (value->type == NN_GGUF_F32 || value->type == NN_GGUF_F64)
    value->number = read_number (value->type, data);
  else
    value->integer = read_integer (value->type, data, &value->fits);
  return TRUE;
}

static gboolean
parse_numbers (Reader *reader, NnGgufValue *value, GError **error)
{
  size_t step = value_bytes[value->type];
  const uint8_t *data = take (reader, (uint64_t) value->n * step, error);
  gboolean is_real = value->type == NN_GGUF_F32 || value->type == NN_GGUF_F64;

  if (data == NULL)
    return FALSE;
  for (size_t i = 0; i < value->n; i++, data += step) {
    if (is_real) {
      value->floats[i] = (float) read_number (value->type, data);
    } else {
      gboolean fits;
      int64_t integer = read_integer (value->type, data, &fits);

      value->fits &= fits && integer >= G_MININT32 && integer <= G_MAXINT32;
      value->ints[i] = (int32_t) integer;
    }
  }
  return TRUE;
}

static gboolean
parse_array (Reader *reader, NnGgufValue *value, GError **error)
{
  uint32_t type;
  uint64_t n;

  if (!take_u32 (reader, &type, error) || !take_u64 (reader, &n, error))
    return FALSE;
  if (type == NN_GGUF_ARRAY)
    return fail (reader, NN_ERROR_UNSUPPORTED, error, "an array of arrays is not supported");
  if (type >= NN_GGUF_N_TYPES)
    return fail (reader, NN_ERROR_FORMAT, error, "unknown type %u of array elements", type);
  if (n > MAX_ARRAY || n > (reader->gguf->n_bytes - reader->pos) / value_bytes[type])
    return fail (reader, NN_ERROR_FORMAT, error,
                 "an array of %" G_GUINT64_FORMAT " elements does not fit in the file", n);
  value->type = type;
  value->is_array = TRUE;
  value->n = (size_t) n;
  /* One more, so that an empty array is not NULL. */
  size_t element = type == NN_GGUF_STRING ? sizeof (NnGgufString) : sizeof (float);
  value->array = g_try_malloc_n (value->n + 1, element);
  if (value->array == NULL)
    return fail (reader, NN_ERROR_MEMORY, error, "no memory for an array of %zu", value->n);
  if (type != NN_GGUF_STRING)
    return parse_numbers (reader, value, error);
  for (size_t i = 0; i < value->n; i++)
    if (!take_string (reader, &value->strings[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
parse_value (Reader *reader, NnGgufValue *value, GError **error)
{
  uint32_t type;

  if ((value->key = take_name (reader, error)) == NULL)
    return FALSE;
  g_snprintf (reader->where, sizeof reader->where, "key '%s'", value->key);
  if (!take_u32 (reader, &type, error))
    return FALSE;
  if (type >= NN_GGUF_N_TYPES)
    return fail (reader, NN_ERROR_FORMAT, error, "unknown value type %u", type);
  value->type = type;
  value->fits = TRUE;
  if (!(type == NN_GGUF_ARRAY ? parse_array : parse_scalar) (reader, value, error))
    return FALSE;
  if (!g_hash_table_insert (reader->gguf->value_index, (char *) value->key, value))
    return fail (reader, NN_ERROR_FORMAT, error, "the key occurs twice");
  return TRUE;
}

/* Dimensions and type to n_bytes, with every product checked. */
static gboolean
measure_tensor (Reader *reader, NnTensor *tensor, GError **error)
{
  const NnTypeInfo *info = nn_type_info (tensor->type);
  size_t n_blocks = 1;

  if (info == NULL)
    return fail (reader, NN_ERROR_UNSUPPORTED, error, "tensor type %u is not supported",
                 (unsigned) tensor->type);
  if (tensor->dims[0] % info->block_values != 0)
    return fail (reader, NN_ERROR_FORMAT, error,
                 "rows of %" G_GINT64_FORMAT " values are not whole blocks of %d (%s)",
                 tensor->dims[0], info->block_values, info->name);
  for (int i = 0; i < 4; i++) {
    size_t factor = (size_t) (i == 0 ? tensor->dims[0] / info->block_values : tensor->dims[i]);

    if (!g_size_checked_mul (&n_blocks, n_blocks, factor))
      return fail (reader, NN_ERROR_FORMAT, error, "the product of the dimensions overflows");
  }
  if (!g_size_checked_mul (&tensor->n_bytes, n_blocks, (size_t) info->block_bytes)
      || tensor->n_bytes > G_MAXINT64)
    return fail (reader, NN_ERROR_FORMAT, error, "the product of the dimensions overflows");
  return TRUE;
}

/* Leaves the offset, relative to the data that starts after the directory, in *offset. */
static gboolean
parse_tensor (Reader *reader, NnTensor *tensor, uint64_t *offset, GError **error)
{
  uint32_t n_dims, type;

  if ((tensor->name = take_name (reader, error)) == NULL)
    return FALSE;
  g_snprintf (reader->where, sizeof reader->where, "tensor '%s'", tensor->name);
  if (!take_u32 (reader, &n_dims, error))
    return FALSE;
  if (n_dims < 1 || n_dims > 4)
    return fail (reader, NN_ERROR_FORMAT, error, "%u dimensions, expected 1 to 4", n_dims);
  tensor->n_dims = (int) n_dims;
  for (uint32_t i = 0; i < 4; i++) {
    uint64_t dim = 1;

    if (i < n_dims && !take_u64 (reader, &dim, error))
      return FALSE;
    if (dim == 0 || dim > G_MAXINT64)
      return fail (reader, NN_ERROR_FORMAT, error, "dimension %u is %" G_GUINT64_FORMAT, i, dim);
    tensor->dims[i] = (int64_t) dim;
  }
  if (!take_u32 (reader, &type, error) || !take_u64 (reader, offset, error))
    return FALSE;
  tensor->type = type;
  if (!measure_tensor (reader, tensor, error))
    return FALSE;
  if (!g_hash_table_insert (reader->gguf->tensor_index, (char *) tensor->name, tensor))
    return fail (reader, NN_ERROR_FORMAT, error, "the tensor occurs twice");
  return TRUE;
}

static gboolean
parse_header (Reader *reader, uint64_t *n_tensors, uint64_t *n_values, GError **error)
{
  uint32_t version;
  const uint8_t *magic = take (reader, 4, error);

  if (magic == NULL)
    return FALSE;
  if (memcmp (magic, "GGUF", 4) != 0)
    return fail (reader, NN_ERROR_FORMAT, error,
                 "not a GGUF file: it begins with the bytes %02x %02x %02x %02x", magic[0],
                 magic[1], magic[2], magic[3]);
  if (!take_u32 (reader, &version, error))
    return FALSE;
  if (version != 0 && (version & 0xffff) == 0)
    return fail (reader, NN_ERROR_UNSUPPORTED, error,
                 "a big-endian GGUF file; only little-endian files are supported");
  if (version != 2 && version != 3)
    return fail (reader, NN_ERROR_UNSUPPORTED, error, "GGUF version %u, expected 2 or 3", version);
  if (!take_u64 (reader, n_tensors, error) || !take_u64 (reader, n_values, error))
    return FALSE;
  size_t left = reader->gguf->n_bytes - reader->pos;
  if (*n_values > MAX_VALUES || *n_values > left / MIN_VALUE_BYTES)
    return fail (reader, NN_ERROR_FORMAT, error,
                 "%" G_GUINT64_FORMAT " metadata keys do not fit in the file", *n_values);
  if (*n_tensors > MAX_TENSORS || *n_tensors > left / MIN_TENSOR_BYTES)
    return fail (reader, NN_ERROR_FORMAT, error,
                 "%" G_GUINT64_FORMAT " tensors do not fit in the file", *n_tensors);
  return TRUE;
}

static gboolean
find_alignment (Reader *reader, size_t *alignment, GError **error)
{
  const NnGgufValue *value = g_hash_table_lookup (reader->gguf->value_index, "general.alignment");

  *alignment = DEFAULT_ALIGNMENT;
  if (value == NULL)
    return TRUE;
  g_snprintf (reader->where, sizeof reader->where, "key '%s'", value->key);
  if (value->is_array || value->type != NN_GGUF_U32)
    return fail (reader, NN_ERROR_FORMAT, error, "the alignment is not a 32-bit integer");
  if (value->integer < 8 || value->integer > MAX_ALIGNMENT
      || (value->integer & (value->integer - 1)) != 0)
    return fail (reader, NN_ERROR_FORMAT, error,
                 "an alignment of %" G_GINT64_FORMAT ", expected a power of two from 8 to %d",
                 value->integer, MAX_ALIGNMENT);
  *alignment = (size_t) value->integer;
  return TRUE;
}

/* A model that was cut into several files has only a part of its tensors in each. */
static gboolean
check_whole (Reader *reader, GError **error)
{
  const NnGgufValue *value = g_hash_table_lookup (reader->gguf->value_index, "split.count");

  if (value == NULL || value->is_array || value->type != NN_GGUF_U16 || value->integer <= 1)
    return TRUE;
  g_snprintf (reader->where, sizeof reader->where, "key '%s'", value->key);
  return fail (reader, NN_ERROR_UNSUPPORTED, error,
               "one of %" G_GINT64_FORMAT " parts of a model; join the parts into one file",
               value->integer);
}

static int
compare_data (gconstpointer a, gconstpointer b)
{
  const NnTensor *x = *(const NnTensor *const *) a, *y = *(const NnTensor *const *) b;

  return (x->data > y->data) - (x->data < y->data);
}

static gboolean
check_overlap (Reader *reader, GError **error)
{
  NnGguf *gguf = reader->gguf;
  g_autofree const NnTensor **sorted = g_new (const NnTensor *, gguf->n_tensors + 1);

  for (size_t i = 0; i < gguf->n_tensors; i++)
    sorted[i] = &gguf->tensors[i];
  qsort (sorted, gguf->n_tensors, sizeof *sorted, compare_data);
  for (size_t i = 1; i < gguf->n_tensors; i++) {
    const NnTensor *a = sorted[i - 1], *b = sorted[i];

    g_snprintf (reader->where, sizeof reader->where, "tensor '%s'", b->name);
    if ((const uint8_t *) b->data - (const uint8_t *) a->data < (ptrdiff_t) a->n_bytes)
      return fail (reader, NN_ERROR_FORMAT, error, "its data overlaps that of '%s'", a->name);
  }
  return TRUE;
}

/* Offsets to pointers, once the end of the directory is known. */
static gboolean
place_tensors (Reader *reader, const uint64_t *offsets, GError **error)
{
  NnGguf *gguf = reader->gguf;
  size_t alignment;

  if (!find_alignment (reader, &alignment, error))
    return FALSE;
  size_t start = (reader->pos + alignment - 1) & ~(alignment - 1);
  size_t room = start <= gguf->n_bytes ? gguf->n_bytes - start : 0;
  for (size_t i = 0; i < gguf->n_tensors; i++) {
    NnTensor *tensor = &gguf->tensors[i];

    g_snprintf (reader->where, sizeof reader->where, "tensor '%s'", tensor->name);
    if (offsets[i] % alignment != 0)
      return fail (reader, NN_ERROR_FORMAT, error,
                   "its offset %" G_GUINT64_FORMAT " is not a multiple of the alignment %zu",
                   offsets[i], alignment);
    if (offsets[i] > room || tensor->n_bytes > room - offsets[i])
      return fail (reader, NN_ERROR_FORMAT, error,
                   "the file is truncated: %zu bytes of data expected at offset %" G_GUINT64_FORMAT
                   " of %zu",
                   tensor->n_bytes, offsets[i], room);
    tensor->data = gguf->data + start + offsets[i];
  }
  return check_overlap (reader, error);
}

gboolean
nn_gguf_parse (NnGguf *gguf, GError **error)
{
  Reader reader = { .gguf = gguf, .where = "header" };
  uint64_t n_tensors = 0, n_values = 0;

  if (!parse_header (&reader, &n_tensors, &n_values, error))
    return FALSE;
  gguf->values = g_new0 (NnGgufValue, n_values + 1);
  for (; gguf->n_values < n_values; gguf->n_values++) {
    g_snprintf (reader.where, sizeof reader.where, "metadata key %zu", gguf->n_values);
    if (!parse_value (&reader, &gguf->values[gguf->n_values], error))
      return FALSE;
  }
  if (!check_whole (&reader, error))
    return FALSE;
  gguf->tensors = g_new0 (NnTensor, n_tensors + 1);
  g_autofree uint64_t *offsets = g_new (uint64_t, n_tensors + 1);
  for (; gguf->n_tensors < n_tensors; gguf->n_tensors++) {
    size_t i = gguf->n_tensors;

    g_snprintf (reader.where, sizeof reader.where, "tensor %zu", i);
    if (!parse_tensor (&reader, &gguf->tensors[i], &offsets[i], error))
      return FALSE;
  }
  return place_tensors (&reader, offsets, error);
}
