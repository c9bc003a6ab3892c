/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/models/description.h"
#include "app/base/json-write.h"

#include "app/models/machine.h"
#include "nn/base/cpu-count.h"
#include "nn/kernels/kernels.h"

void
app_model_build_json (const AppModel *model, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  app_json_add_string (builder, "id", model->id);
  app_json_add_string (builder, "title", model->title);
  app_json_add_string (builder, "task", app_task_name (model->task));
  app_json_add_string (builder, "set", model->set);
  app_json_add_string (builder, "licence", model->licence);
  json_builder_set_member_name (builder, "languages");
  json_builder_begin_array (builder);
  for (char **language = model->languages; *language != NULL; language++)
    json_builder_add_string_value (builder, *language);
  json_builder_end_array (builder);
  app_json_add_int (builder, "bytes", (gint64) model->n_bytes);
  app_json_add_int (builder, "memory_bytes", (gint64) model->memory_bytes);
  app_json_add_string (builder, "sha256", model->sha256);
  json_builder_set_member_name (builder, "installed");
  json_builder_add_boolean_value (builder, model->is_installed);
  json_builder_set_member_name (builder, "default");
  json_builder_add_boolean_value (builder, model->is_default);
  json_builder_end_object (builder);
}

static void
add_machine (JsonBuilder *builder, int n_threads)
{
  g_autofree char *cpu = app_machine_get_cpu_name ();
  g_auto (GStrv) features = app_machine_get_cpu_features ();
  NnCpuCount count;
  AppMemory memory;

  app_json_add_string (builder, "version", HEARSAY_VERSION);
  app_json_add_string (builder, "cpu", cpu);
  json_builder_set_member_name (builder, "features");
  json_builder_begin_array (builder);
  for (char **f = features; *f != NULL; f++)
    json_builder_add_string_value (builder, *f);
  json_builder_end_array (builder);
  nn_cpu_count ("", NULL, 0, &count);
  app_json_add_int (builder, "cores", count.n_cores);
  app_json_add_int (builder, "threads", n_threads > 0 ? n_threads : count.n_threads);
  app_json_add_string (builder, "kernels", nn_kernels_default ()->name);
  app_machine_get_memory (&memory);
  app_json_add_int (builder, "memory_bytes", (gint64) memory.total_bytes);
  app_json_add_int (builder, "memory_free_bytes", (gint64) memory.available_bytes);
  app_json_add_int (builder, "memory_limit_bytes", (gint64) memory.limit_bytes);
  app_json_add_int (builder, "rss_bytes", (gint64) app_machine_get_rss ());
  app_json_add_int (builder, "peak_rss_bytes", (gint64) app_machine_get_peak_rss ());
}

static void
add_store (JsonBuilder *builder)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, &problem);
  g_autoptr (GPtrArray) models = store != NULL ? app_model_store_list (store, &problem) : NULL;
  const char *folder = store != NULL ? app_model_store_get_folder (store) : NULL;

  app_json_add_string (builder, "store", folder);
  app_json_add_int (builder, "store_free_bytes",
                    folder != NULL ? (gint64) app_machine_get_disk_free (folder) : 0);
  if (problem != NULL)
    app_json_add_string (builder, "store_error", problem->message);
  json_builder_set_member_name (builder, "models");
  json_builder_begin_array (builder);
  for (guint i = 0; models != NULL && i < models->len; i++)
    app_model_build_json (g_ptr_array_index (models, i), builder);
  json_builder_end_array (builder);
}

void
app_description_build_json (int n_threads, JsonBuilder *builder)
{
  add_machine (builder, n_threads);
  add_store (builder);
}
