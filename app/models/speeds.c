/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/base/json-write.h"
#include "app/base/whole-file.h"
#include "app/models/speeds.h"

#include <string.h>

#include "app/models/machine.h"
#include "nn/kernels/kernels.h"

/* Aloud, people read some three words a second. */
#define READING_TOKENS_PER_S 6.0
/* What a chat model needs besides its weights: caches and work. */
#define BESIDES_WEIGHTS (600.0 * 1024 * 1024)
/* Left to the rest of the machine. */
#define SPARED_PART 0.1

struct _AppSpeeds {
  char *machine;
  JsonNode *root; /* an object: sha256 -> an object */
};

static const struct {
  const char *name;
  size_t offset;
} members[] = {
  { "prompt", offsetof (AppSpeed, prompt) },
  { "generate", offsetof (AppSpeed, generate) },
  { "listen", offsetof (AppSpeed, listen) },
  { "speak", offsetof (AppSpeed, speak) },
};

/* (transfer full) */
static char *
describe_machine (void)
{
  g_autofree char *cpu = app_machine_get_cpu_name ();

  return g_strdup_printf ("%s, %d cores, %s", cpu != NULL ? cpu : "?", app_machine_get_n_cores (),
                          nn_kernels_default ()->name);
}

/* (transfer full) */
static char *
get_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "hearsay", "speeds.json", NULL);
}

AppSpeeds *
app_speeds_load (void)
{
  AppSpeeds *self = g_new0 (AppSpeeds, 1);
  g_autofree char *path = get_path ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root =
      json_parser_load_from_file (parser, path, NULL) ? json_parser_get_root (parser) : NULL;
  JsonObject *object =
      root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *speeds = object != NULL ? json_object_get_member (object, "speeds") : NULL;
  JsonNode *machine = object != NULL ? json_object_get_member (object, "machine") : NULL;
  gboolean is_here;

  self->machine = describe_machine ();
  is_here = machine != NULL && JSON_NODE_HOLDS_VALUE (machine)
            && g_strcmp0 (json_node_get_string (machine), self->machine) == 0;
  if (is_here && speeds != NULL && JSON_NODE_HOLDS_OBJECT (speeds))
    self->root = json_node_copy (speeds);
  else {
    self->root = json_node_new (JSON_NODE_OBJECT);
    json_node_take_object (self->root, json_object_new ());
  }
  return self;
}

void
app_speeds_free (AppSpeeds *speeds)
{
  if (speeds == NULL)
    return;
  g_free (speeds->machine);
  json_node_unref (speeds->root);
  g_free (speeds);
}

AppSpeed
app_speeds_get (const AppSpeeds *speeds, const char *sha256)
{
  JsonObject *all = json_node_get_object (speeds->root);
  JsonNode *node = sha256 != NULL ? json_object_get_member (all, sha256) : NULL;
  AppSpeed speed = { 0 };

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return speed;
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++) {
    JsonNode *value = json_object_get_member (json_node_get_object (node), members[i].name);
    double number =
        value != NULL && JSON_NODE_HOLDS_VALUE (value) ? json_node_get_double (value) : 0;
    if (number > 0 && number < 1e9)
      G_STRUCT_MEMBER (double, &speed, members[i].offset) = number;
  }
  return speed;
}

gboolean
app_speeds_set (AppSpeeds *speeds, const char *sha256, const AppSpeed *speed, GError **error)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  JsonObject *entry = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++) {
    double number = G_STRUCT_MEMBER (double, speed, members[i].offset);
    if (number > 0)
      json_object_set_double_member (entry, members[i].name, number);
  }
  json_object_set_object_member (json_node_get_object (speeds->root), sha256, entry);
  json_builder_begin_object (builder);
  app_json_add_string (builder, "machine", speeds->machine);
  json_builder_set_member_name (builder, "speeds");
  json_builder_add_value (builder, json_node_copy (speeds->root));
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = app_json_to_text (root);
  g_mkdir_with_parents (folder, 0700);
  return app_whole_file_write (path, text, strlen (text), error);
}

guint64
app_model_estimate_memory (const AppModel *model)
{
  if (model->memory_bytes > 0)
    return model->memory_bytes;
  return model->n_bytes + (model->task == APP_TASK_CHAT ? (guint64) BESIDES_WEIGHTS : 0);
}

AppFit
app_model_fits (const AppModel *model, guint64 total, guint64 free)
{
  const double needed = (double) app_model_estimate_memory (model);

  if (total > 0 && needed > (double) total * (1 - SPARED_PART))
    return APP_FITS_NOT;
  return total > 0 && needed > (double) free ? APP_FITS_TIGHTLY : APP_FITS;
}

const AppModel *
app_speeds_choose_chat (const AppSpeeds *speeds, const GPtrArray *models, guint64 total_bytes)
{
  const AppModel *best = NULL, *fastest = NULL;
  double most = 0;

  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    double speed = app_speeds_get (speeds, model->sha256).generate;
    if (model->task != APP_TASK_CHAT || !model->is_installed || g_str_equal (model->set, "test")
        || speed <= 0 || app_model_fits (model, total_bytes, total_bytes) == APP_FITS_NOT)
      continue;
    if (speed >= READING_TOKENS_PER_S && (best == NULL || model->n_bytes > best->n_bytes))
      best = model;
    if (speed > most) {
      fastest = model;
      most = speed;
    }
  }
  return best != NULL ? best : fastest;
}
