/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/room.h"

#include <string.h>

#include "app/models/machine.h"
#include "nn/gguf/gguf.h"

/* Beside the weights: scratch, the cache of a short talk, the program. */
#define SPARE_BYTES ((guint64) 96 << 20)
#define BITS_OF_CODES 9 /* of a weight whose format becomes 8-bit codes with scales */

guint64
app_room_get_free (void)
{
  AppMemory memory;
  app_machine_get_memory (&memory);
  guint64 free_bytes = memory.available_bytes + memory.swap_free_bytes;
  return memory.limit_bytes > 0 ? MIN (free_bytes, memory.limit_free_bytes) : free_bytes;
}

/* The formats that keep their width when they are packed; others take more. */
static gboolean
keeps_width (NnType type)
{
  switch (type) {
  case NN_TYPE_Q2_K:
  case NN_TYPE_Q3_K:
  case NN_TYPE_Q5_0:
  case NN_TYPE_Q5_1:
  case NN_TYPE_IQ4_XS:
    return FALSE;
  default:
    return TRUE;
  }
}

static guint64
need_of_tensors (const char *path)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, NULL);
  guint64 n_bytes = SPARE_BYTES;
  if (gguf == NULL)
    return 0;
  for (size_t i = 0; i < nn_gguf_get_n_tensors (gguf); i++) {
    const NnTensor *tensor = nn_gguf_get_tensor (gguf, i);
    guint64 n_values = (guint64) (tensor->dims[0] * tensor->dims[1] * tensor->dims[2]);
    n_bytes += keeps_width (tensor->type) ? tensor->n_bytes : n_values * BITS_OF_CODES / 8;
  }
  return n_bytes;
}

/* The entry whose file this is; NULL for a file of the user's own. */
static const AppModel *
find_entry (AppModelStore *store, GPtrArray *models, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  if (models == NULL || g_strcmp0 (folder, app_model_store_get_folder (store)) != 0)
    return NULL;
  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    g_autofree char *file = g_strconcat (model->id, ".gguf", NULL);
    if (g_str_equal (file, name))
      return model;
  }
  return NULL;
}

guint64
app_room_get_need (AppModelStore *store, const char *path)
{
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, NULL) : NULL;
  const AppModel *model = find_entry (store, models, path);
  return model != NULL && model->memory_bytes > 0 ? model->memory_bytes : need_of_tensors (path);
}

/* The largest of the task that fits, one that is installed before one that is not. */
static const AppModel *
find_fitting (GPtrArray *models, AppTask task, guint64 free_bytes)
{
  const AppModel *best = NULL;
  for (guint i = 0; models != NULL && i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    if (model->task != task || model->memory_bytes == 0 || model->memory_bytes > free_bytes)
      continue;
    if (best == NULL || model->is_installed > best->is_installed
        || (model->is_installed == best->is_installed && model->memory_bytes > best->memory_bytes))
      best = model;
  }
  return best;
}

gboolean
app_room_check (AppModelStore *store, const char *path, AppTask task, guint64 free_bytes,
                GError **error)
{
  guint64 need = app_room_get_need (store, path);
  if (need <= free_bytes)
    return TRUE;
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, NULL) : NULL;
  const AppModel *fitting = find_fitting (models, task, free_bytes);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *needed = g_format_size (need);
  g_autofree char *there = g_format_size (free_bytes);
  g_autoptr (GString) advice = g_string_new (NULL);
  if (fitting == NULL)
    g_string_append (advice, "no model for this fits; close other programs and try again");
  else if (fitting->is_installed)
    g_string_append_printf (advice, "%s would fit: use --model %s", fitting->id, fitting->id);
  else
    g_string_append_printf (advice, "%s would fit: hearsay models install %s", fitting->id,
                            fitting->id);
  g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "%s needs %s of memory, and %s are free; %s", name,
               needed, there, advice->str);
  return FALSE;
}
