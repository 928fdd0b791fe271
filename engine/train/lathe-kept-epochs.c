/* lathe-kept-epochs.c: the finished epochs of a training, as its checkpoint tells of them.
 *
 * A checkpoint is written whole after many an epoch, so it must not grow with them. It tells all of the newest, of some
 * before them that are as far apart as each other, and of the best; and of each whether it was the best so far, in a
 * bit, as schedules and early stopping go by that. The others are in the list of runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-kept-epochs.h"

#include <math.h>

#include "base/lathe-json.h"
#include "lathe-members.h"

#define NEWEST 32    /* of them, those that no power cut has kept from the list of runs */
#define MOST 1000000 /* that a training may have */

#define FINISHED "finished"
#define BETTER "better"

static const LatheMember members[] = {
    {"loss", TRUE, G_STRUCT_OFFSET (LatheEpoch, loss)},
    {"accuracy", TRUE, G_STRUCT_OFFSET (LatheEpoch, accuracy)},
    {"validation_loss", TRUE, G_STRUCT_OFFSET (LatheEpoch, validation_loss)},
    {"validation_accuracy", TRUE, G_STRUCT_OFFSET (LatheEpoch, validation_accuracy)},
    {"validation_macro_f1", TRUE, G_STRUCT_OFFSET (LatheEpoch, validation_macro_f1)},
    {"learning_rate", TRUE, G_STRUCT_OFFSET (LatheEpoch, learning_rate)},
    {"seconds", TRUE, G_STRUCT_OFFSET (LatheEpoch, seconds)},
    {"images_per_second", TRUE, G_STRUCT_OFFSET (LatheEpoch, images_per_second)},
    {"steps_done", TRUE, G_STRUCT_OFFSET (LatheEpoch, step)},
    {"seconds_done", TRUE, G_STRUCT_OFFSET (LatheEpoch, elapsed)},
    {"reading", TRUE, G_STRUCT_OFFSET (LatheEpoch, phases[LATHE_PHASE_READING])},
    {"forward", TRUE, G_STRUCT_OFFSET (LatheEpoch, phases[LATHE_PHASE_FORWARD])},
    {"backward", TRUE, G_STRUCT_OFFSET (LatheEpoch, phases[LATHE_PHASE_BACKWARD])},
    {"optimizer", TRUE, G_STRUCT_OFFSET (LatheEpoch, phases[LATHE_PHASE_OPTIMIZER])},
    {"validation", TRUE, G_STRUCT_OFFSET (LatheEpoch, phases[LATHE_PHASE_VALIDATION])},
};

static const LatheEpoch *
epoch_at (const GArray *epochs, guint i)
{
  return &g_array_index (epochs, LatheEpoch, i);
}

/* --- Writing --- */

/* (transfer full) */
static char *
epoch_to_json (const LatheEpoch *epoch)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "epoch");
  json_builder_add_int_value (builder, epoch->epoch);
  lathe_members_write (builder, members, G_N_ELEMENTS (members), epoch);
  json_builder_set_member_name (builder, "best");
  json_builder_add_boolean_value (builder, epoch->best);
  json_builder_end_object (builder);
  return lathe_json_finish (builder);
}

/* (transfer full): a bit for each, the first one lowest, as Base64 */
static char *
better_to_text (const GArray *epochs)
{
  g_autofree guchar *bits = g_new0 (guchar, epochs->len / 8 + 1);

  for (guint i = 0; i < epochs->len; i++)
    bits[i / 8] |= (guchar) ((epoch_at (epochs, i)->best ? 1 : 0) << i % 8);
  return g_base64_encode (bits, (epochs->len + 7) / 8);
}

/* How far apart those before the newest are that are told of. */
static guint
find_stride (guint n_older)
{
  guint stride = 1;

  while ((n_older + stride - 1) / stride > LATHE_MOST_KEPT_EPOCHS - NEWEST)
    stride *= 2;
  return stride;
}

static int
find_best (const GArray *epochs)
{
  int i = (int) epochs->len - 1;

  while (i >= 0 && !epoch_at (epochs, (guint) i)->best)
    i--;
  return i;
}

/**
 * lathe_kept_epochs_write:
 * @json: (inout): of an object, to which two members are appended
 * @epochs: (element-type LatheEpoch): all
 *
 * Epochs come one by one as text: as one tree they take kilobytes each, which the allocator of JSON's nodes never gives
 * back.
 */
void
lathe_kept_epochs_write (GString *json, const GArray *epochs)
{
  g_autofree char *better = better_to_text (epochs);
  guint n_older = epochs->len - MIN (epochs->len, NEWEST), stride = find_stride (n_older);
  int best = find_best (epochs);
  const char *separator = "";

  g_string_append_printf (json, "\"" BETTER "\":\"%s\",\"" FINISHED "\":[", better);
  for (guint i = 0; i < epochs->len; i++)
    if ((i >= n_older || i % stride == 0 || (int) i == best) && lathe_epoch_is_known (epoch_at (epochs, i)))
      {
        g_autofree char *epoch = epoch_to_json (epoch_at (epochs, i));

        g_string_append_printf (json, "%s%s", separator, epoch);
        separator = ",";
      }
  g_string_append (json, "]");
}

/* --- Reading --- */

/* Those up to `end`, of which the checkpoint does not tell. */
static void
fill_up (GArray *epochs, guint end, const GArray *recorded, guint *at)
{
  while (epochs->len < end)
    {
      guint number = epochs->len + 1;
      LatheEpoch epoch = lathe_epoch_unknown (number, FALSE);

      while (recorded != NULL && *at < recorded->len && epoch_at (recorded, *at)->epoch < number)
        ++*at;
      if (recorded != NULL && *at < recorded->len && epoch_at (recorded, *at)->epoch == number)
        epoch = *epoch_at (recorded, *at);
      g_array_append_val (epochs, epoch);
    }
}

/* An earlier version told of each, in order, and did not say which it was. */
static gboolean
read_epoch (JsonNode *node, guint before, guint n, LatheEpoch *epoch)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gint64 number = object != NULL ? json_object_get_int_member_with_default (object, "epoch", before + 1) : 0;

  if (number <= before || number > n || !lathe_members_read (object, members, G_N_ELEMENTS (members), epoch))
    return FALSE;
  epoch->epoch = (guint) number;
  epoch->best = json_object_get_boolean_member_with_default (object, "best", FALSE);
  return lathe_epoch_is_known (epoch);
}

/* Without it, as an earlier version wrote it, all epochs have to be told of. */
static gboolean
read_better (JsonObject *object, guint n_told, GArray *epochs)
{
  const char *text = json_object_get_string_member_with_default (object, BETTER, NULL);
  g_autofree guchar *bits = NULL;
  guint n = epochs->len;
  gsize n_bytes;

  if (text == NULL)
    return n_told == n;
  bits = g_base64_decode (text, &n_bytes);
  if (n_bytes != (n + 7) / 8)
    return FALSE;
  for (guint i = 0; i < n; i++)
    g_array_index (epochs, LatheEpoch, i).best = bits[i / 8] >> i % 8 & 1;
  return TRUE;
}

/**
 * lathe_kept_epochs_read:
 * @object: in which lathe_kept_epochs_write() wrote, or an earlier version
 * @n: epochs that are finished
 * @recorded: (element-type LatheEpoch) (nullable): by epoch: what is known of those that the checkpoint does not tell
 * of
 * @epochs: (inout) (element-type LatheEpoch): an empty one
 *
 * Returns: whether it makes sense. If so there are n of them, of which some may be unknown, but not the best.
 */
gboolean
lathe_kept_epochs_read (JsonObject *object, guint64 n, const GArray *recorded, GArray *epochs)
{
  JsonNode *node = json_object_get_member (object, FINISHED);
  JsonArray *told = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint at = 0, before = 0;
  int best;

  if (told == NULL || n > MOST)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (told); i++)
    {
      LatheEpoch epoch;

      if (!read_epoch (json_array_get_element (told, i), before, (guint) n, &epoch))
        return FALSE;
      before = epoch.epoch;
      fill_up (epochs, before - 1, recorded, &at);
      g_array_append_val (epochs, epoch);
    }
  fill_up (epochs, (guint) n, recorded, &at);
  if (!read_better (object, json_array_get_length (told), epochs))
    return FALSE;
  best = find_best (epochs);
  return n == 0 || (best >= 0 && lathe_epoch_is_known (epoch_at (epochs, (guint) best)));
}
