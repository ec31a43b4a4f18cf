import { EmptyState } from "../../ui/States";

export default function Import() {
  return <EmptyState title="This screen is being built." />;
}
